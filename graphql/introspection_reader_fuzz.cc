#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "graphql/introspection_reader.h"
#include "graphql/sdl.h"
#include "json/value.h"

// Whatever a remote schema says of itself: no crash, and what becomes a schema prints.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto answer =
      joinery::json::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!answer.ok()) return 0;
  const auto read = joinery::graphql::ReadIntrospection(*answer);
  JOINERY_CHECK(read.ok() != (read.schema == nullptr));
  if (read.ok()) joinery::graphql::PrintSchema(*read.schema);
  return 0;
}
