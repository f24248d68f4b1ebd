#include <cstdint>
#include <string>

#include "base/status.h"
#include "json/value.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/yaml.h"

// Whatever a metadata file holds, as YAML or as JSON: no crash, and a document or what is wrong.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace joinery;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const metadata::YamlHooks hooks = {
      .include = [](const std::string&, const std::string&) -> StatusOr<json::Value> {
        return InvalidArgument("no files here");
      },
      .place = [](const std::string&, int, int) {}};
  if (const auto yaml = metadata::ParseYaml(text, hooks); yaml.ok()) metadata::Read(*yaml);
  if (const auto json = json::Parse(text); json.ok()) metadata::Read(*json);
  return 0;
}
