#include <cstdint>
#include <cstdlib>
#include <string>

#include "connectors/kit/json_document.h"
#include "connectors/kit/project.h"
#include "json/scan.h"

// Whatever an upstream answers: no crash, and what goes on is valid JSON once holes are filled.
namespace {

using joinery::connectors::JsonDocument;
using joinery::connectors::Projector;
using joinery::plan::Projection;

Projection::Field Shape() {
  Projection::Field leaf{.response_key = "a", .source_key = "a"};
  Projection::Field hole{.response_key = "h", .kind = Projection::Field::Kind::kHole};
  Projection::Field only = leaf;
  only.response_key = "o";
  only.only_on = {"T"};
  Projection::Field inner{.response_key = "i", .source_key = "b"};
  inner.projection.raw = false;
  inner.projection.fields = {leaf, hole};
  Projection::Field root{.response_key = "r", .source_key = "r"};
  root.projection.raw = false;
  root.projection.typename_key = "t";
  root.projection.fields = {leaf, inner, hole, only};
  root.list_depth = 1;
  return root;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto document = JsonDocument::Parse(text);
  if (!document.ok()) return 0;
  // Halves of surrogate pairs are JSON, and go on; libsimdjson refuses them.
  const bool comparable = text.find("\\u") == text.npos;
  if (comparable && !joinery::json::IsValid(text)) std::abort();
  static const Projection::Field field = Shape();
  static const std::vector<std::vector<std::string>> key_members = {{"a"}};
  joinery::plan::Fragment fragment;
  fragment.key_sets = {{.columns = 1}};
  fragment.joins = {{.key_set = 0}};
  Projector projector(fragment, key_members);
  if (projector.Value(field, *document, JsonDocument::kRoot)) return 0;
  std::string filled = projector.result().bytes;
  const auto& holes = projector.result().holes;
  for (auto hole = holes.rbegin(); hole != holes.rend(); ++hole)
    filled.insert(hole->offset, "null");
  if (comparable && !joinery::json::IsValid(filled)) std::abort();
  return 0;
}
