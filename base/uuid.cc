#include "base/uuid.h"

#include <openssl/rand.h>

#include <string_view>

#include "base/sha256.h"
#include "base/strings.h"

namespace joinery {

std::string RandomUuid() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const std::string text = HexEncode({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
  const std::string_view hex = text;
  return StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                hex.substr(16, 4), "-", hex.substr(20));
}

}  // namespace joinery
