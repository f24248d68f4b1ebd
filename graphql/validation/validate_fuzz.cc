#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "graphql/coercion.h"
#include "graphql/collect.h"
#include "graphql/introspection.h"
#include "graphql/parser.h"
#include "graphql/sdl.h"
#include "graphql/validation/validate.h"

namespace joinery::graphql {
namespace {

constexpr std::string_view kSchema = R"(
  schema { query: Q subscription: S }
  type Q { a(x: Int = 1, y: [E!], f: F): Int q: Q n: N u: U s(t: String!): String }
  type S { t: Int }
  interface N { i: ID }
  type A implements N { i: ID q: Q }
  union U = A | Q
  enum E { R G }
  input F { e: E = R f: F r: Int! l: [Float] })";

void Run(const Schema& schema, const Document& document) {
  if (!Validate(schema, document).empty()) return;
  for (const ast::Operation* operation : document.operations()) {
    CoerceVariables(schema, *operation, json::Value());
    FieldCollector collector(document, [](std::string_view) { return std::nullopt; });
    std::vector<CollectedField> fields;
    collector.Collect(schema, *schema.root(operation->kind), operation->selections, fields);
    for (const CollectedField& field : fields) {
      const std::string_view name = field.first().name;
      if (name != "__schema" && name != "__type") continue;
      std::string out;
      WriteIntrospection(schema, document, field.fields, json::Value(), out,
                         {.max_bytes = 1 << 20, .max_selections = 10'000});
    }
  }
}

}  // namespace
}  // namespace joinery::graphql

// Any bytes as a request: validation ends, and what it lets through can be coerced, collected and
// introspected.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace joinery::graphql;
  static const auto schema = BuildSchema(kSchema).schema;
  const auto parsed = ParseDocument(std::string_view(reinterpret_cast<const char*>(data), size));
  if (parsed.ok()) Run(*schema, *parsed.document);
  return 0;
}
