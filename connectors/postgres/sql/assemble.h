#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "base/strings.h"
#include "connectors/postgres/sql/compile.h"
#include "plan/connector.h"

namespace joinery::connectors::postgres {

// A row of the result; columns in Postgres' text form, nullopt is null.
class RowView {
 public:
  virtual ~RowView() = default;
  virtual std::optional<std::string_view> Column(uint32_t column) const = 0;
};

// Makes the answer of a statement's rows: JSON text, where each value and each hole is, and the
// distinct keys. Allocates when buffers grow and for new keys, not per row. One execution; not
// thread-safe.
class Assembler {
 public:
  // `slots`: by root, keys in its batch; ignored where the statement is not keyed. The layout
  // outlives it.
  // `most_rows`: see FindExcess.
  Assembler(const Layout& layout, const plan::Fragment& fragment, const std::vector<size_t>& slots,
            uint64_t most_rows);

  void AddRow(const RowView& row);
  // The row that is the value of one root, of a fragment that writes.
  void AddRoot(uint32_t root, const RowView& row);
  // What the root's rows said does not count: all its values are null.
  void FailRoot(uint32_t root);
  // The root with which there are too many rows, of the statement, or of a list that came as one
  // text.
  std::optional<uint32_t> FindExcess() const { return excess_; }
  // How long the text is so far, with what was taken of it.
  uint64_t bytes() const { return Offset(); }
  // The text so far, when it is at least `enough` bytes long; else nothing. Only where no row has a
  // hole. What was taken counts in the result's offsets.
  std::string TakeText(size_t enough);
  // The whole answer, or what is left of it; call once.
  StatusOr<plan::ExecuteResult> Finish();

 private:
  void AddObject(const RowLayout& rows, const RowView& row);
  void AddValues(const RowView& row);
  void AddValue(uint32_t root, uint32_t slot, std::string_view text);
  void AddMember(const MemberLayout& member, const RowView& row);
  // Copies JSON, cutting the marked holes out.
  void AddScanned(std::string_view text);
  void AddHole(uint32_t join, uint32_t slot);
  uint32_t RowKey(const KeyLayout& key, const RowView& row);
  uint32_t Slot(uint32_t key_set);
  uint64_t Offset() const { return result_.streamed + result_.bytes.size(); }
  void OpenList(uint32_t root, uint32_t slot);
  void CloseList();
  void FillEmpty(size_t root);
  void CountRow(uint32_t root);
  void CountItems(uint32_t root, std::string_view list);

  struct KeySetState {
    std::unordered_map<std::string, uint32_t, StringHash, std::equal_to<>> slots;
  };

  const Layout& layout_;
  const plan::Fragment& fragment_;
  const uint64_t most_rows_;
  uint64_t rows_ = 0;
  std::optional<uint32_t> excess_;
  plan::ExecuteResult result_;
  std::vector<KeySetState> key_sets_;
  std::vector<uint32_t> row_slots_;  // By key set, of the row at hand.
  std::string scratch_;
  std::vector<std::string> key_columns_;
  std::optional<uint32_t> open_slot_;  // Whose list is being written, and of which root.
  uint32_t open_root_ = 0;
  std::vector<bool> failed_roots_;
  uint64_t list_begin_ = 0;
  uint32_t list_first_hole_ = 0;
  bool list_empty_ = true;
  std::string problem_;
};

}  // namespace joinery::connectors::postgres
