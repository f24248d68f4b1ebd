#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "services/kit/rpc/framing.h"

// Any bytes in any pieces give the same messages; timeouts and statuses survive the way there and
// back.
namespace {

using namespace joinery::kit::rpc;

constexpr size_t kLimit = 1 << 16;

std::string Messages(std::string_view bytes, size_t piece) {
  MessageReader reader(kLimit);
  std::string out;
  while (!bytes.empty()) {
    std::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    while (!part.empty()) {
      std::optional<std::string> message;
      if (!reader.Read(part, message).ok()) return out + "refused";
      if (message) out += *message + "|";
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string whole = Messages(text, text.size() + 1);
  for (const size_t piece : {1, 2, 7}) JOINERY_CHECK(Messages(text, piece) == whole);
  if (const auto timeout = DecodeTimeout(text)) {
    const auto again = DecodeTimeout(EncodeTimeout(*timeout));
    JOINERY_CHECK(again && *again >= *timeout);
  }
  const std::string decoded = DecodeStatusMessage(text);
  JOINERY_CHECK(DecodeStatusMessage(EncodeStatusMessage(decoded)) == decoded);
  return 0;
}
