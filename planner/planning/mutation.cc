#include "planner/planning/mutation.h"

#include <map>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/planning/mutation_parts.h"

namespace joinery::planner {
namespace {

using plan::Assignment;

// The rows that a by_pk field means.
plan::Predicate KeyPredicate(Workbench& bench, Draft& draft,
                             const std::vector<ResolvedMember>& members) {
  plan::Predicate all;
  for (const ResolvedMember& member : members) {
    const auto* key =
        std::get_if<PrimaryKeyInput>(&bench.schema().input(member.definition->binding));
    if (key == nullptr) continue;
    plan::Predicate equal;
    equal.kind = plan::Predicate::Kind::kCompare;
    equal.left = plan::Scalar{.column = key->column, .type = key->type};
    equal.parameters.push_back(bench.Value(draft, member.value, &key->type));
    all = And(std::move(all), std::move(equal));
  }
  return all;
}

// What the operators of one update do to the columns.
class Assignments {
 public:
  Assignments(Workbench& bench, Draft& draft, const UpdateField& binding, std::string path)
      : bench_(bench), draft_(draft), binding_(binding), path_(std::move(path)) {}

  IssueOr<std::vector<Assignment>> Collect(const std::vector<ResolvedMember>& members) {
    bool any = false;
    for (const ResolvedMember& member : members) {
      const auto* input =
          std::get_if<AssignmentsInput>(&bench_.schema().input(member.definition->binding));
      if (input == nullptr || member.value.kind != ResolvedValue::Kind::kObject) continue;
      any = true;
      for (const ResolvedMember& column : member.value.members) {
        Add(input->op, member.definition->name, column);
      }
    }
    if (!any && binding_.write->presets.empty()) {
      return ValidationFailed(
          StrCat("at least any one of ", Join(binding_.operators, ", "), " is expected"), path_);
    }
    RETURN_IF_ISSUE(CheckTwice());
    for (Assignment& preset : PresetAssignments(bench_, draft_, *binding_.write)) {
      assignments_.push_back(std::move(preset));
    }
    return std::move(assignments_);
  }

 private:
  void Add(Assignment::Operator op, std::string_view name, const ResolvedMember& member) {
    const auto& column =
        std::get<AssignColumnInput>(bench_.schema().input(member.definition->binding));
    operators_[std::string(member.definition->name)].emplace_back(name);
    assignments_.push_back({.column = column.column,
                            .op = op,
                            .parameter = bench_.Value(draft_, member.value, &column.type)});
  }

  MaybeIssue CheckTwice() const {
    std::string twice;
    for (const auto& [column, operators] : operators_) {
      if (operators.size() < 2) continue;
      StrAppend(twice, twice.empty() ? "" : ". ", "\"", column, "\" in ", Join(operators, ", "));
    }
    if (twice.empty()) return {};
    return ValidationFailed(StrCat("column found in multiple operators; ", twice), path_);
  }

  Workbench& bench_;
  Draft& draft_;
  const UpdateField& binding_;
  const std::string path_;
  std::vector<Assignment> assignments_;
  std::map<std::string, std::vector<std::string>, std::less<>> operators_;  // By column.
};

// One update; nothing when there is nothing to set.
IssueOr<std::vector<uint32_t>> BuildUpdate(Workbench& bench, Draft& draft,
                                           const UpdateField& binding,
                                           const std::vector<ResolvedMember>& members,
                                           plan::Predicate where, std::string path) {
  Assignments assignments(bench, draft, binding, std::move(path));
  plan::Write write{.kind = plan::Write::Kind::kUpdate, .table = binding.write->table};
  ASSIGN_OR_RETURN_ISSUE(write.assignments, assignments.Collect(members));
  if (write.assignments.empty()) return std::vector<uint32_t>();
  write.where = And(bench.Filter(draft, binding.write->filter), std::move(where));
  write.check = bench.Filter(draft, binding.write->check);
  write.path = "$";
  draft.relational().writes.push_back(std::move(write));
  return std::vector<uint32_t>{static_cast<uint32_t>(draft.relational().writes.size() - 1)};
}

IssueOr<plan::Predicate> Where(Workbench& bench, Draft& draft,
                               const std::vector<ResolvedMember>& members) {
  const ResolvedValue* where = WriteArgumentOf(bench, members, WriteArgument::kWhere);
  if (where == nullptr) return plan::Predicate();
  return BuildPredicate(bench, draft, *where);
}

MaybeIssue AddUpdateMany(Workbench& bench, Draft& draft, const ResolvedField& field,
                         const UpdateField& binding, const Places& places) {
  std::vector<uint32_t> writes;
  const ResolvedValue* updates = WriteArgumentOf(bench, field.arguments, WriteArgument::kUpdates);
  if (updates != nullptr) {
    size_t index = 0;
    for (const ResolvedValue& one : updates->items) {
      ASSIGN_OR_RETURN_ISSUE(plan::Predicate where, Where(bench, draft, one.members));
      ASSIGN_OR_RETURN_ISSUE(const std::vector<uint32_t> written,
                             BuildUpdate(bench, draft, binding, one.members, std::move(where),
                                         StrCat(field.path, ".args.updates[", index++, "]")));
      if (written.empty()) {
        // An update without effect has its place in the answer all the same.
        plan::Write nothing{.kind = plan::Write::Kind::kDelete, .table = binding.write->table};
        nothing.where.kind = plan::Predicate::Kind::kFalse;
        nothing.path = "$";
        draft.relational().writes.push_back(std::move(nothing));
      }
      writes.push_back(static_cast<uint32_t>(draft.relational().writes.size() - 1));
    }
  }
  return AddAnswer(bench, draft, field, *binding.write, writes, writes, plan::RootShape::kResponses,
                   places);
}

}  // namespace

const ResolvedValue* WriteArgumentOf(const Workbench& bench,
                                     const std::vector<ResolvedMember>& members,
                                     WriteArgument wanted) {
  for (const ResolvedMember& member : members) {
    const auto* input =
        std::get_if<WriteArgumentInput>(&bench.schema().input(member.definition->binding));
    if (input == nullptr || input->argument != wanted) continue;
    return member.value.kind == ResolvedValue::Kind::kNull ? nullptr : &member.value;
  }
  return nullptr;
}

std::vector<Assignment> PresetAssignments(Workbench& bench, Draft& draft,
                                          const WriteBinding& binding) {
  std::vector<Assignment> out;
  for (const WriteBinding::Preset& preset : binding.presets) {
    out.push_back({.column = preset.column,
                   .op = Assignment::Operator::kSet,
                   .parameter = bench.Parameter(draft, preset.value, &preset.type)});
  }
  return out;
}

MaybeIssue AddAnswer(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const WriteBinding& binding, std::vector<uint32_t> writes,
                     std::vector<uint32_t> rows, plan::RootShape shape, const Places& places) {
  const auto written = [&](const std::vector<ResolvedField>& fields,
                           const Places& at) -> IssueOr<plan::Relation> {
    plan::Relation relation{.table = binding.table};
    relation.from_writes = true;
    relation.writes = rows;
    ASSIGN_OR_RETURN_ISSUE(relation.fields, BuildRow(bench, draft, fields, *binding.row, at));
    for (const uint32_t write : rows) draft.relational().writes[write].keeps_rows = true;
    return relation;
  };
  plan::RelationalRoot root{.shape = shape};
  if (shape == plan::RootShape::kObject) {
    ASSIGN_OR_RETURN_ISSUE(root.relation, written(field.selection.fields, places));
  } else {
    for (const ResolvedField& member : field.selection.fields) {
      plan::OutputField& out = root.relation.fields.emplace_back();
      out.name = member.response_key;
      if (member.is_typename()) {
        out.kind = plan::OutputField::Kind::kConstant;
        json::AppendQuoted(out.constant, member.parent->name);
        continue;
      }
      const FieldBinding& meaning = bench.schema().field(member.definition->binding);
      if (std::holds_alternative<AffectedRowsField>(meaning)) {
        out.kind = plan::OutputField::Kind::kAffected;
        continue;
      }
      Places at = places;
      PushPlaces(at, member.definition->type);
      ASSIGN_OR_RETURN_ISSUE(plan::Relation relation, written(member.selection.fields, at));
      out.kind = plan::OutputField::Kind::kArray;
      out.relation = std::make_unique<plan::Relation>(std::move(relation));
    }
  }
  root.writes = std::move(writes);
  draft.relational().roots.push_back(std::move(root));
  return {};
}

MaybeIssue AddUpdate(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const UpdateField& binding, const Places& places) {
  using Shape = UpdateField::Shape;
  if (binding.shape == Shape::kMany) return AddUpdateMany(bench, draft, field, binding, places);
  plan::Predicate where;
  if (binding.shape == Shape::kByPk) {
    const ResolvedValue* key = WriteArgumentOf(bench, field.arguments, WriteArgument::kPkColumns);
    if (key != nullptr) where = KeyPredicate(bench, draft, key->members);
  } else {
    ASSIGN_OR_RETURN_ISSUE(where, Where(bench, draft, field.arguments));
  }
  ASSIGN_OR_RETURN_ISSUE(const std::vector<uint32_t> writes,
                         BuildUpdate(bench, draft, binding, field.arguments, std::move(where),
                                     StrCat(field.path, ".args")));
  return AddAnswer(
      bench, draft, field, *binding.write, writes, writes,
      binding.shape == Shape::kByPk ? plan::RootShape::kObject : plan::RootShape::kResponse,
      places);
}

MaybeIssue AddDelete(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const DeleteField& binding, const Places& places) {
  plan::Write write{.kind = plan::Write::Kind::kDelete, .table = binding.write->table};
  plan::Predicate where;
  if (binding.by_pk) {
    where = KeyPredicate(bench, draft, field.arguments);
  } else {
    ASSIGN_OR_RETURN_ISSUE(where, Where(bench, draft, field.arguments));
  }
  write.where = And(bench.Filter(draft, binding.write->filter), std::move(where));
  write.path = "$";
  std::vector<plan::Write>& writes = draft.relational().writes;
  writes.push_back(std::move(write));
  const std::vector<uint32_t> written = {static_cast<uint32_t>(writes.size() - 1)};
  return AddAnswer(bench, draft, field, *binding.write, written, written,
                   binding.by_pk ? plan::RootShape::kObject : plan::RootShape::kResponse, places);
}

}  // namespace joinery::planner
