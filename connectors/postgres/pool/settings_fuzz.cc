#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "connectors/postgres/pool/settings.h"
#include "json/value.h"

// Whatever a source's configuration says: no crash, and bounds that hold.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto definition =
      joinery::json::Parse(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!definition.ok()) return 0;
  const auto settings = joinery::connectors::postgres::ReadSettings("s", *definition);
  if (!settings.ok()) return 0;
  JOINERY_CHECK(settings->max_connections > 0);
  JOINERY_CHECK(!settings->parameters.empty());
  return 0;
}
