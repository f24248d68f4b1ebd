#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "json/scan.h"
#include "json/value.h"
#include "json/write.h"

// Any bytes: no crash; what parses prints to text that parses to the same; the scanner agrees with
// the parser on where things are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace joinery::json;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = Parse(text);
  if (!parsed.ok()) return 0;
  const std::string printed = ToString(*parsed);
  const auto again = Parse(printed);
  JOINERY_CHECK(again.ok());
  JOINERY_CHECK(ToString(*again) == printed);
  JOINERY_CHECK(IsValid(printed));
  JOINERY_CHECK(EndOfValue(printed, 0) == printed.size());
  if (parsed->is_object()) {
    std::vector<MemberSpan> members;
    ReadMembers(printed, 0, members);
    for (const MemberSpan& member : members) {
      JOINERY_CHECK(
          IsValid(std::string_view(printed).substr(member.begin, member.end - member.begin)));
    }
  }
  if (parsed->is_array()) {
    std::vector<Extent> items;
    ReadItems(printed, 0, items);
    JOINERY_CHECK(items.size() == again->items().size());
  }
  std::string path;
  AppendPath(path, PathAt(printed, printed.size() / 2));
  JOINERY_CHECK(IsValid(path));
  return 0;
}
