#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "graphql/limits.h"
#include "graphql/parser.h"
#include "graphql/printer.h"
#include "graphql/sdl.h"

// Any bytes: no crash, and what parses prints to text that parses to the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using joinery::graphql::ParseDocument;
  using joinery::graphql::PrintStyle;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = ParseDocument(text);
  if (!parsed.ok()) return 0;
  const std::string compact = ToString(*parsed.document, PrintStyle::kCompact);
  for (const PrintStyle style : {PrintStyle::kCompact, PrintStyle::kPretty}) {
    const auto again = ParseDocument(ToString(*parsed.document, style));
    JOINERY_CHECK(again.ok());
    JOINERY_CHECK(ToString(*again.document, PrintStyle::kCompact) == compact);
  }
  for (const auto* operation : parsed.document->operations()) {
    joinery::graphql::MeasureOperation(*parsed.document, *operation);
  }
  const auto built = joinery::graphql::BuildSchema(*parsed.document);
  if (built.ok()) {
    const std::string printed = joinery::graphql::PrintSchema(*built.schema);
    const auto rebuilt = joinery::graphql::BuildSchema(printed);
    JOINERY_CHECK(rebuilt.ok());
    JOINERY_CHECK(joinery::graphql::PrintSchema(*rebuilt.schema) == printed);
  }
  return 0;
}
