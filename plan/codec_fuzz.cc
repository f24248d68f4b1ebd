#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "plan/codec.h"

// Hostile bytes never crash a reader, and what is accepted is canonical.
namespace {
template <typename T>
void TryOne(std::string_view bytes) {
  const auto decoded = joinery::plan::Decode<T>(bytes);
  if (decoded.ok() && joinery::plan::Encode(*decoded) != bytes) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      TryOne<joinery::plan::Plan>(bytes);
      break;
    case 1:
      TryOne<joinery::plan::Fragment>(bytes);
      break;
    case 2:
      TryOne<joinery::plan::DatabaseCatalog>(bytes);
      break;
    case 3:
      TryOne<std::vector<joinery::plan::KeyBatch>>(bytes);
      break;
    case 4:
      TryOne<std::vector<joinery::plan::ParameterValue>>(bytes);
      break;
    default:
      TryOne<joinery::plan::ExecuteResult>(bytes);
  }
  return 0;
}
