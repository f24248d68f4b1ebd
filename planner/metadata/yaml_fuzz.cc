// Any text: what reads as YAML is written as YAML that reads the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "planner/metadata/yaml.h"
#include "planner/metadata/yaml_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace joinery::metadata;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto value = ParseYaml(text, {.place = [](const std::string&, int, int) {}});
  if (!value.ok()) return 0;
  const auto back = ParseYaml(WriteYaml(*value), {});
  JOINERY_CHECK(back.ok());
  JOINERY_CHECK(*back == *value);
  return 0;
}
