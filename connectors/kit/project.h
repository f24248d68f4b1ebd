#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/json_document.h"
#include "plan/connector.h"
#include "plan/plan.h"

namespace joinery::connectors {

// Writes values of a source's JSON into an answer as a Projection says: members picked and put in
// order, holes and their keys collected. One answer, from any number of documents; not thread-safe.
class Projector {
 public:
  // `key_members`: by key set, the members that hold its key. Both outlive the projector.
  Projector(const plan::Fragment& fragment,
            const std::vector<std::vector<std::string>>& key_members);

  // Appends the value at `node`. The result says why it is refused, in the words of an action's
  // error; the answer is then as before, but for keys. Nothing: all is well.
  std::optional<std::string> Value(const plan::Projection::Field& field,
                                   const JsonDocument& document, JsonDocument::Node node);
  // The same, and makes the value that of `root` and `slot`; null when it is refused.
  std::optional<std::string> Value(const plan::Projection::Field& field,
                                   const JsonDocument& document, JsonDocument::Node node,
                                   uint32_t root, uint32_t slot);
  // Makes null the value of `root` and `slot`.
  void Null(uint32_t root, uint32_t slot);

  // The answer so far: bytes, holes, keys. The caller sizes `values`.
  plan::ExecuteResult& result() { return result_; }

 private:
  using Node = JsonDocument::Node;
  using Problem = std::optional<std::string>;

  // The slots of a key set by their keys' hashes; the keys themselves stand in the result. Open
  // addressing, so that a key costs no allocation of its own.
  struct SlotTable {
    std::vector<uint32_t> places;  // A slot plus one; 0: free. A power of two, at most half full.
    std::vector<size_t> hashes;    // By slot.
  };

  // A run of members_.
  struct Members {
    size_t first;
    size_t last;
  };

  Problem At(const plan::Projection::Field& field, uint32_t level, Node node);
  Problem List(const plan::Projection::Field& field, uint32_t level, Node node);
  // Whether the items are objects (below `lists` further lists: lists), or null.
  bool HoldsObjects(Node list, uint32_t lists) const;
  Problem Object(const plan::Projection::Field& field, Node node);
  Problem Check(const plan::Projection& projection, Members members) const;
  Problem Fields(const plan::Projection& projection, Members members);
  Problem Field(const plan::Projection::Field& field, Members members, size_t& expected);
  void Typename(const plan::Projection::Field& field, Members members);
  // Its index in members_; the run's end when there is none. Looks at `expected` first.
  size_t Find(std::string_view name, Members members, size_t expected) const;
  std::string_view Raw(std::string_view name, Members members) const;
  uint32_t Key(uint32_t key_set, Members members);
  bool KeyIs(const plan::KeyBatch& keys, uint32_t slot) const;
  static void Grow(SlotTable& table);

  const plan::Fragment& fragment_;
  const std::vector<std::vector<std::string>>& key_members_;
  plan::ExecuteResult result_;
  const JsonDocument* document_ = nullptr;
  std::vector<SlotTable> slots_;
  // Members of all objects that are open, innermost last.
  std::vector<JsonDocument::Member> members_;
  std::vector<std::string_view> key_;
};

}  // namespace joinery::connectors
