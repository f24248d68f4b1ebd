#pragma once

#include <string>
#include <string_view>

namespace joinery {

// The SHA-256 of `bytes`: 32 raw bytes.
std::string Sha256(std::string_view bytes);

// Lower-case hexadecimal text of `bytes`.
std::string HexEncode(std::string_view bytes);

}  // namespace joinery
