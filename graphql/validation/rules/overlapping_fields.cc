#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/strings.h"
#include "graphql/printer.h"
#include "graphql/validation/rules/rules.h"

namespace joinery::graphql::validation {
namespace {

// A field of a selection set, fragments resolved.
struct Placed {
  const ast::Field* field;
  const NamedType* parent;  // nullptr: unknown.
  TypeRef type;             // Empty: unknown.

  std::string_view key() const { return field->response_key(); }
};

using FieldSet = std::vector<Placed>;

// What is asked of the fields of one set that share a response key.
enum Checks : uint8_t { kShape = 1, kSameField = 2, kBoth = 3 };

// 5.3.2 without comparing pairs. "Same shape" and "same field with the same arguments" are
// equivalences, so comparing each field of a group with its first is enough; the groups' selections
// are then merged into one set and checked in turn. Sets that were checked are remembered, so that
// fragments that many places spread are not looked into again, and what is left is paid for by
// Context::Spend.
class OverlapCheck {
 public:
  explicit OverlapCheck(Context& context) : context_(context) {}

  void Run();

 private:
  using Group = std::span<const Placed>;

  void CheckSet(FieldSet set, int checks);
  void CheckGroup(Group group, int checks);
  void CheckShape(Group group);
  void CheckSameField(Group group);
  void CheckPerParent(Group group);
  bool CheckAgainst(const Placed& first, const Placed& other);
  void CheckBelow(Group group, int checks);
  bool IsKnown(const FieldSet& set, int checks);

  void Collect(const ast::SelectionSet& selections, const NamedType* parent, FieldSet& out);
  const std::string& ArgumentsOf(const ast::Field& field);
  void Report(const Placed& a, const Placed& b, std::string_view why);

  struct SetHash {
    size_t operator()(const std::vector<const ast::Field*>& fields) const {
      size_t hash = fields.size();
      for (const ast::Field* field : fields) {
        hash = hash * 0x9e3779b97f4a7c15u + std::hash<const void*>{}(field);
      }
      return hash;
    }
  };

  struct Waiting {
    FieldSet set;
    int checks;
  };

  static constexpr int kMaxNesting = 1000;

  Context& context_;
  // The sets that were looked at, as sorted fields, and what was checked of them.
  std::unordered_map<std::vector<const ast::Field*>, int, SetHash> known_;
  std::unordered_map<const ast::Field*, std::string> arguments_;
  std::unordered_set<const ast::Field*> reported_;
  std::unordered_set<const ast::FragmentDefinition*> spread_;     // In the set being collected.
  std::unordered_set<const ast::FragmentDefinition*> reachable_;  // From some operation.
  int nesting_ = 0;                                               // Of fragments, in Collect.
  std::deque<Waiting> waiting_;  // Not the call stack: sets nest as deep as fragments let them.
};

void OverlapCheck::Collect(const ast::SelectionSet& selections, const NamedType* parent,
                           FieldSet& out) {
  if (!context_.Spend(Rule::kOverlappingFields, selections.size())) return;
  if (nesting_ >= kMaxNesting) return context_.TooComplex(Rule::kOverlappingFields);
  ++nesting_;
  const Schema& schema = context_.schema();
  for (const ast::Selection& selection : selections) {
    if (const ast::Field* field = selection.field()) {
      const FieldDefinition* definition =
          parent == nullptr ? nullptr : schema.FieldOf(*parent, field->name);
      out.push_back({field, parent, definition == nullptr ? TypeRef() : definition->type});
    } else if (const ast::InlineFragment* fragment = selection.inline_fragment()) {
      const NamedType* type =
          fragment->type_condition.empty() ? parent : schema.type(fragment->type_condition);
      Collect(fragment->selections, type, out);
    } else {
      const auto* named = context_.document().fragment(selection.spread()->name);
      if (named == nullptr || !spread_.insert(named).second) continue;
      reachable_.insert(named);
      Collect(named->selections, schema.type(named->type_condition), out);
    }
  }
  --nesting_;
}

bool OverlapCheck::IsKnown(const FieldSet& set, int checks) {
  std::vector<const ast::Field*> fields;
  fields.reserve(set.size());
  for (const Placed& placed : set) fields.push_back(placed.field);
  std::ranges::sort(fields);
  int& done = known_[std::move(fields)];
  if ((done & checks) == checks) return true;
  done |= checks;
  return false;
}

void OverlapCheck::CheckSet(FieldSet set, int checks) {
  if (set.empty() || context_.full() || IsKnown(set, checks)) return;
  std::ranges::stable_sort(set, {}, [](const Placed& placed) { return placed.key(); });
  for (size_t begin = 0; begin < set.size();) {
    size_t end = begin + 1;
    while (end < set.size() && set[end].key() == set[begin].key()) ++end;
    CheckGroup(Group(set).subspan(begin, end - begin), checks);
    begin = end;
  }
}

void OverlapCheck::CheckGroup(Group group, int checks) {
  if (group.size() == 1) return CheckBelow(group, checks);
  const NamedType* parent = group.front().parent;
  const bool one_parent =
      std::ranges::all_of(group, [&](const Placed& placed) { return placed.parent == parent; });
  if ((checks & kShape) != 0) CheckShape(group);
  if (one_parent) {
    if ((checks & kSameField) != 0) CheckSameField(group);
    return CheckBelow(group, checks);
  }
  if ((checks & kShape) != 0) CheckBelow(group, kShape);
  if ((checks & kSameField) != 0) CheckPerParent(group);
}

// Fields of different object types never meet in one answer; those of an abstract type meet all.
void OverlapCheck::CheckPerParent(Group group) {
  FieldSet anywhere;
  std::vector<std::pair<const NamedType*, FieldSet>> by_object;
  for (const Placed& placed : group) {
    if (placed.parent == nullptr || placed.parent->kind != TypeKind::kObject) {
      anywhere.push_back(placed);
      continue;
    }
    auto at =
        std::ranges::find(by_object, placed.parent, [](const auto& entry) { return entry.first; });
    if (at == by_object.end()) at = by_object.insert(at, {placed.parent, {}});
    at->second.push_back(placed);
  }
  if (by_object.empty()) by_object.push_back({nullptr, {}});
  for (auto& [object, fields] : by_object) {
    if (!context_.Spend(Rule::kOverlappingFields, anywhere.size() + fields.size())) return;
    fields.insert(fields.begin(), anywhere.begin(), anywhere.end());
    CheckSameField(fields);
    CheckBelow(fields, kSameField);
  }
}

void OverlapCheck::CheckBelow(Group group, int checks) {
  FieldSet below;
  spread_.clear();
  for (const Placed& placed : group) {
    Collect(placed.field->selections, placed.type ? placed.type.named() : nullptr, below);
  }
  if (!below.empty()) waiting_.push_back({std::move(below), checks});
}

void OverlapCheck::CheckShape(Group group) {
  const auto has_type = [](const Placed& placed) { return static_cast<bool>(placed.type); };
  const auto first = std::ranges::find_if(group, has_type);
  if (first == group.end()) return;
  for (auto other = first + 1; other != group.end(); ++other) {
    if (!other->type) continue;
    const NamedType& a = *first->type.named();
    const NamedType& b = *other->type.named();
    const bool same_wrappers = first->type.WithNamed(TypeRef(&b)) == other->type;
    const bool same_core = &a == &b || (a.is_composite() && b.is_composite());
    if (same_wrappers && same_core) continue;
    Report(*first, *other,
           StrCat("they return conflicting types \"", TypeRefToString(first->type), "\" and \"",
                  TypeRefToString(other->type), '"'));
  }
}

bool OverlapCheck::CheckAgainst(const Placed& first, const Placed& other) {
  if (first.field == other.field) return true;
  if (first.field->name != other.field->name) {
    Report(
        first, other,
        StrCat('"', first.field->name, "\" and \"", other.field->name, "\" are different fields"));
    return false;
  }
  const auto& a = first.field->arguments;
  const auto& b = other.field->arguments;
  if (a.empty() && b.empty()) return true;
  if (a.size() == b.size() && ArgumentsOf(*first.field) == ArgumentsOf(*other.field)) return true;
  Report(first, other, "they have differing arguments");
  return false;
}

void OverlapCheck::CheckSameField(Group group) {
  for (const Placed& other : group.subspan(1)) CheckAgainst(group.front(), other);
}

void AppendCanonical(const ast::Value& value, std::string& out) {
  if (value.kind == ast::ValueKind::kString) return PrintString(value.text, out);
  if (value.kind == ast::ValueKind::kList) {
    out.push_back('[');
    for (const ast::Value& item : value.items) {
      AppendCanonical(item, out);
      out.push_back(',');
    }
    out.push_back(']');
    return;
  }
  if (value.kind != ast::ValueKind::kObject) return PrintValue(value, PrintStyle::kCompact, out);
  std::vector<const ast::ObjectField*> fields;
  for (const ast::ObjectField& field : value.fields) fields.push_back(&field);
  std::ranges::stable_sort(fields, {}, [](const ast::ObjectField* field) { return field->name; });
  out.push_back('{');
  for (const ast::ObjectField* field : fields) {
    StrAppend(out, field->name, ':');
    AppendCanonical(field->value, out);
    out.push_back(',');
  }
  out.push_back('}');
}

// The arguments as text that is equal for equal arguments in any order.
const std::string& OverlapCheck::ArgumentsOf(const ast::Field& field) {
  const auto [at, is_new] = arguments_.emplace(&field, std::string());
  if (!is_new) return at->second;
  std::vector<const ast::Argument*> sorted;
  for (const ast::Argument& argument : field.arguments) sorted.push_back(&argument);
  std::ranges::stable_sort(sorted, {},
                           [](const ast::Argument* argument) { return argument->name; });
  for (const ast::Argument* argument : sorted) {
    StrAppend(at->second, argument->name, ':');
    AppendCanonical(argument->value, at->second);
    at->second.push_back(',');
  }
  return at->second;
}

void OverlapCheck::Report(const Placed& a, const Placed& b, std::string_view why) {
  if (!reported_.insert(b.field).second) return;
  context_.Report(Rule::kOverlappingFields,
                  StrCat("Fields \"", b.key(), "\" conflict because ", why,
                         ". Use different aliases on the fields to fetch both."),
                  {a.field->location, b.field->location});
}

void OverlapCheck::Run() {
  const auto check = [this](const ast::SelectionSet& selections, const NamedType* parent) {
    FieldSet set;
    spread_.clear();
    Collect(selections, parent, set);
    waiting_.push_back({std::move(set), kBoth});
    while (!waiting_.empty()) {
      Waiting next = std::move(waiting_.front());
      waiting_.pop_front();
      CheckSet(std::move(next.set), next.checks);
    }
  };
  for (const ast::Operation* operation : context_.document().operations()) {
    check(operation->selections, context_.schema().root(operation->kind));
  }
  for (const ast::FragmentDefinition* fragment : context_.document().fragments()) {
    if (reachable_.contains(fragment)) continue;
    check(fragment->selections, context_.schema().type(fragment->type_condition));
  }
}

}  // namespace

void CheckOverlappingFields(Context& context) { OverlapCheck(context).Run(); }

}  // namespace joinery::graphql::validation
