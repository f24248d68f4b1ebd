#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/strings.h"
#include "json/scan.h"
#include "plan/connector.h"
#include "plan/plan.h"

namespace joinery::connectors {

// Writes values of a source's JSON into an answer as a Projection says: members picked and put in order,
// holes and their keys collected. One answer; not thread-safe.
class Projector {
 public:
  // `key_members`: by key set, the members that hold its key.
  Projector(const plan::Fragment& fragment,
            const std::vector<std::vector<std::string>>& key_members);

  // Appends the value at [begin, end) of `text`, which is valid JSON. The result says what is wrong with
  // it, in the words of an action's error; nothing: all is well.
  std::optional<std::string> Value(const plan::Projection::Field& field, std::string_view text,
                                   size_t begin, size_t end);
  // The answer so far: bytes, holes, keys. Values are for the caller to set.
  plan::ExecuteResult& result() { return result_; }

 private:
  std::optional<std::string> At(const plan::Projection::Field& field, uint32_t level,
                                std::string_view text, size_t begin, size_t end);
  std::optional<std::string> Object(const plan::Projection& projection, std::string_view text,
                                    size_t begin);
  std::optional<std::string> Members(const plan::Projection& projection, std::string_view text,
                                     size_t first, size_t last);
  std::optional<std::string> CheckKnown(const plan::Projection& projection, std::string_view text,
                                        size_t first, size_t last);
  std::string_view RawMember(std::string_view name, std::string_view text, size_t first,
                             size_t last) const;
  uint32_t Key(uint32_t key_set, std::string_view text, size_t first, size_t last);

  const plan::Fragment& fragment_;
  const std::vector<std::vector<std::string>>& key_members_;
  plan::ExecuteResult result_;
  std::vector<std::unordered_map<std::string, uint32_t, StringHash, std::equal_to<>>> slots_;
  // Members of all objects that are open, innermost last.
  std::vector<json::MemberSpan> members_;
  std::string scratch_;
};

}  // namespace joinery::connectors
