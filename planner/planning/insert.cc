#include <algorithm>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "planner/planning/mutation_parts.h"

namespace joinery::planner {
namespace {

using plan::WriteValue;

// One statement takes at most 65,535 parameters.
constexpr size_t kMostCells = 30'000;
constexpr size_t kMostRows = 1'000;

// Where a row that is inserted will be: row `row` of write `write`.
struct RowPlace {
  uint32_t write = 0;
  uint32_t row = 0;
};

// A value of a column that a related row decides.
struct Decided {
  std::string column;
  WriteValue value;
};

WriteValue Written(const RowPlace& place, const std::string& column) {
  return {
      .kind = WriteValue::Kind::kWritten, .write = place.write, .row = place.row, .column = column};
}

// A row to be inserted.
struct Job {
  const ResolvedValue* object = nullptr;
  std::vector<Decided> decided;
};

// What rows have in common that one call inserts.
struct Target {
  const WriteBinding* insert = nullptr;
  const WriteBinding* update = nullptr;        // For conflicts.
  const ResolvedValue* on_conflict = nullptr;  // Null: none given.
  std::string path;                            // Hasura's, of what fails.
  std::string too_few;                         // As of plan::Write.
  std::string too_few_path;
};

bool IsGiven(const ResolvedValue& value) { return value.kind == ResolvedValue::Kind::kObject; }

// Inserts level by level: rows that others need, the rows, then rows that need them. Rows of a
// level go in one statement, whatever their number, unless conflicts could leave some of them out:
// which ones would then not be known.
class InsertPlanner {
 public:
  InsertPlanner(Workbench& bench, Draft& draft) : bench_(bench), draft_(draft) {}

  // One place per job, in their order.
  IssueOr<std::vector<RowPlace>> Insert(const Target& target, std::vector<Job> jobs) {
    const bool apart = target.on_conflict != nullptr && jobs.size() > 1 &&
                       std::ranges::any_of(jobs, [&](const Job& job) { return HasRelated(job); });
    if (!apart) return InsertLevel(target, std::move(jobs));
    std::vector<RowPlace> out;
    for (Job& job : jobs) {
      std::vector<Job> alone;
      alone.push_back(std::move(job));
      ASSIGN_OR_RETURN_ISSUE(const std::vector<RowPlace> place,
                             InsertLevel(target, std::move(alone)));
      out.push_back(place.front());
    }
    return out;
  }

 private:
  struct Related {
    const InsertRelationInput* relation = nullptr;
    size_t job = 0;
    const ResolvedValue* input = nullptr;  // {data, on_conflict}
  };

  const InputBinding& Meaning(const ResolvedMember& member) const {
    return bench_.schema().input(member.definition->binding);
  }

  bool HasRelated(const Job& job) const {
    return std::ranges::any_of(job.object->members, [&](const ResolvedMember& member) {
      return std::holds_alternative<InsertRelationInput>(Meaning(member)) && IsGiven(member.value);
    });
  }

  IssueOr<std::vector<RowPlace>> InsertLevel(Target target, std::vector<Job> jobs) {
    std::vector<Related> before, after;
    for (size_t j = 0; j < jobs.size(); ++j) {
      for (const ResolvedMember& member : jobs[j].object->members) {
        const auto* relation = std::get_if<InsertRelationInput>(&Meaning(member));
        if (relation == nullptr || !IsGiven(member.value)) continue;
        (relation->before ? before : after).push_back({relation, j, &member.value});
      }
    }
    RETURN_IF_ISSUE(CheckDecided(target, jobs, before));
    RETURN_IF_ISSUE(InsertBefore(target, jobs, before));
    const bool children =
        std::ranges::any_of(after, [&](const Related& one) { return !Data(one).empty(); });
    if (children) {
      target.too_few = StrCat("cannot proceed to insert array relations since insert to table \"",
                              TableText(*target.insert), "\" affects zero rows");
      target.too_few_path = target.path;
    }
    ASSIGN_OR_RETURN_ISSUE(std::vector<RowPlace> places, InsertRows(target, jobs));
    RETURN_IF_ISSUE(InsertAfter(target, places, after));
    return places;
  }

  static std::string TableText(const WriteBinding& binding) {
    return binding.table.schema == "public" ? binding.table.name
                                            : StrCat(binding.table.schema, ".", binding.table.name);
  }

  std::vector<const ResolvedValue*> Data(const Related& one) const {
    std::vector<const ResolvedValue*> out;
    const ResolvedValue* data =
        WriteArgumentOf(bench_, one.input->members, WriteArgument::kObjects);
    if (data == nullptr) return out;
    if (data->kind == ResolvedValue::Kind::kObject) return {data};
    for (const ResolvedValue& item : data->items) out.push_back(&item);
    return out;
  }

  const ResolvedValue* OnConflict(const std::vector<ResolvedMember>& members) const {
    for (const ResolvedMember& member : members) {
      if (std::holds_alternative<OnConflictInput>(Meaning(member)) && IsGiven(member.value)) {
        return &member.value;
      }
    }
    return nullptr;
  }

  // A column has one origin: the client, the row above, or the row it points to.
  MaybeIssue CheckDecided(const Target& target, const std::vector<Job>& jobs,
                          const std::vector<Related>& before) const {
    const auto gives = [&](const Job& job, const std::string& column) {
      return std::ranges::any_of(job.object->members, [&](const ResolvedMember& member) {
        const auto* input = std::get_if<InsertColumnInput>(&Meaning(member));
        return input != nullptr && input->column == column;
      });
    };
    for (const Job& job : jobs) {
      std::vector<std::string> twice;
      for (const Decided& one : job.decided) {
        if (gives(job, one.column)) twice.push_back(StrCat("\"", one.column, "\""));
      }
      if (twice.empty()) continue;
      return ValidationFailed(
          StrCat("cannot insert ", Join(twice, ", "),
                 " columns as their values are already being determined by parent insert"),
          target.path);
    }
    for (const Related& one : before) {
      const Job& job = jobs[one.job];
      std::vector<std::string> twice;
      for (const plan::ColumnPair& pair : one.relation->pairs) {
        const bool decided =
            std::ranges::find(job.decided, pair.outer, &Decided::column) != job.decided.end();
        if (decided || gives(job, pair.outer)) twice.push_back(StrCat("\"", pair.outer, "\""));
      }
      if (twice.empty()) continue;
      return ValidationFailed(
          StrCat("cannot insert object relationship \"", one.relation->name, "\" as ",
                 Join(twice, ", "), " column values are already determined"),
          StrCat(target.path, ".", one.relation->name));
    }
    return {};
  }

  // Calls `insert` with runs of related rows that may go together: of one relationship, without a
  // conflict clause, or all of one clause.
  template <typename Insert>
  MaybeIssue InGroups(const std::vector<Related>& related, const Insert& insert) {
    std::vector<const InsertRelationInput*> seen;
    for (const Related& first : related) {
      if (std::ranges::find(seen, first.relation) != seen.end()) continue;
      seen.push_back(first.relation);
      std::vector<Related> group;
      for (const Related& one : related) {
        if (one.relation != first.relation) continue;
        if (OnConflict(one.input->members) != nullptr) {
          RETURN_IF_ISSUE(insert(std::vector<Related>{one}));
        } else {
          group.push_back(one);
        }
      }
      if (!group.empty()) RETURN_IF_ISSUE(insert(group));
    }
    return {};
  }

  Target TargetOf(const Target& target, const Related& one) const {
    return {.insert = one.relation->target,
            .update = one.relation->target_update,
            .on_conflict = OnConflict(one.input->members),
            .path = StrCat(target.path, ".", one.relation->name, ".data")};
  }

  MaybeIssue InsertBefore(const Target& target, std::vector<Job>& jobs,
                          const std::vector<Related>& before) {
    return InGroups(before, [&](const std::vector<Related>& group) -> MaybeIssue {
      const InsertRelationInput& relation = *group.front().relation;
      Target there = TargetOf(target, group.front());
      there.too_few = StrCat("cannot proceed to insert object relation \"", relation.name,
                             "\" since insert to table \"", TableText(*relation.target),
                             "\" affects zero rows");
      there.too_few_path = StrCat(target.path, ".", relation.name);
      std::vector<Job> rows;
      for (const Related& one : group) rows.push_back({.object = Data(one).front()});
      ASSIGN_OR_RETURN_ISSUE(const std::vector<RowPlace> places, Insert(there, std::move(rows)));
      for (size_t i = 0; i < group.size(); ++i) {
        for (const plan::ColumnPair& pair : relation.pairs) {
          jobs[group[i].job].decided.push_back({pair.outer, Written(places[i], pair.inner)});
        }
        Keep(places[i]);
      }
      return {};
    });
  }

  MaybeIssue InsertAfter(const Target& target, const std::vector<RowPlace>& places,
                         const std::vector<Related>& after) {
    return InGroups(after, [&](const std::vector<Related>& group) -> MaybeIssue {
      std::vector<Job> rows;
      for (const Related& one : group) {
        for (const ResolvedValue* object : Data(one)) {
          Job& row = rows.emplace_back(Job{.object = object});
          for (const plan::ColumnPair& pair : one.relation->pairs) {
            row.decided.push_back({pair.inner, Written(places[one.job], pair.outer)});
          }
          Keep(places[one.job]);
        }
      }
      if (rows.empty()) return {};
      RETURN_IF_ISSUE(Insert(TargetOf(target, group.front()), std::move(rows)));
      return {};
    });
  }

  void Keep(const RowPlace& place) { draft_.relational().writes[place.write].keeps_rows = true; }

  // The rows themselves, in as few statements as fit.
  IssueOr<std::vector<RowPlace>> InsertRows(const Target& target, const std::vector<Job>& jobs) {
    const std::vector<std::string> columns = Columns(target, jobs);
    const size_t most =
        std::clamp<size_t>(kMostCells / std::max<size_t>(columns.size(), 1), 1, kMostRows);
    std::vector<RowPlace> out;
    for (size_t first = 0; first < jobs.size(); first += most) {
      const size_t end = std::min(jobs.size(), first + most);
      plan::Write write{.kind = plan::Write::Kind::kInsert, .table = target.insert->table};
      write.columns = columns;
      const auto index = static_cast<uint32_t>(draft_.relational().writes.size());
      for (size_t j = first; j < end; ++j) {
        out.push_back({index, static_cast<uint32_t>(j - first)});
        write.rows.push_back(Row(target, jobs[j], columns));
      }
      write.check = bench_.Filter(draft_, target.insert->check);
      if (target.on_conflict != nullptr) RETURN_IF_ISSUE(AddConflict(target, write));
      write.path = target.path;
      write.too_few = target.too_few;
      write.too_few_path = target.too_few_path;
      draft_.relational().writes.push_back(std::move(write));
    }
    return out;
  }

  std::vector<std::string> Columns(const Target& target, const std::vector<Job>& jobs) const {
    std::vector<std::string> out;
    const auto add = [&](const std::string& column) {
      if (std::ranges::find(out, column) == out.end()) out.push_back(column);
    };
    for (const Job& job : jobs) {
      for (const ResolvedMember& member : job.object->members) {
        if (const auto* input = std::get_if<InsertColumnInput>(&Meaning(member)))
          add(input->column);
      }
      for (const Decided& one : job.decided) add(one.column);
    }
    for (const WriteBinding::Preset& preset : target.insert->presets) add(preset.column);
    if (out.empty()) out.push_back(target.insert->any_column);
    return out;
  }

  std::vector<WriteValue> Row(const Target& target, const Job& job,
                              const std::vector<std::string>& columns) {
    std::vector<WriteValue> out(columns.size());
    const auto at = [&](const std::string& column) -> WriteValue& {
      return out[std::ranges::find(columns, column) - columns.begin()];
    };
    for (const WriteBinding::Preset& preset : target.insert->presets) {
      at(preset.column) = {.kind = WriteValue::Kind::kParameter,
                           .parameter = bench_.Parameter(draft_, preset.value, &preset.type)};
    }
    for (const Decided& one : job.decided) at(one.column) = one.value;
    for (const ResolvedMember& member : job.object->members) {
      const auto* input = std::get_if<InsertColumnInput>(&Meaning(member));
      if (input == nullptr) continue;
      at(input->column) = {.kind = WriteValue::Kind::kParameter,
                           .parameter = bench_.OwnValue(draft_, member.value, input->type)};
    }
    return out;
  }

  std::string_view NameOf(const ResolvedValue& value) const {
    const uint32_t binding = value.enum_value->binding;
    const auto& names = bench_.schema().enum_names;
    return binding < names.size() ? std::string_view(names[binding]) : std::string_view();
  }

  MaybeIssue AddConflict(const Target& target, plan::Write& write) {
    const std::vector<ResolvedMember>& members = target.on_conflict->members;
    plan::Conflict conflict;
    if (const auto* constraint = WriteArgumentOf(bench_, members, WriteArgument::kConstraint)) {
      bench_.Freeze(*constraint);
      conflict.constraint = NameOf(*constraint);
    }
    if (const auto* columns = WriteArgumentOf(bench_, members, WriteArgument::kUpdateColumns)) {
      bench_.Freeze(*columns);
      for (const ResolvedValue& column : columns->items) {
        const std::string_view name = NameOf(column);
        if (name.empty()) return ValidationFailed("erroneous column name", conflict_path_);
        conflict.update_columns.emplace_back(name);
      }
    }
    if (target.update != nullptr && !conflict.update_columns.empty()) {
      conflict.presets = PresetAssignments(bench_, draft_, *target.update);
      conflict.where = bench_.Filter(draft_, target.update->filter);
      if (const auto* where = WriteArgumentOf(bench_, members, WriteArgument::kWhere)) {
        ASSIGN_OR_RETURN_ISSUE(plan::Predicate client, BuildPredicate(bench_, draft_, *where));
        conflict.where = And(std::move(conflict.where), std::move(client));
      }
      if (target.update->check.predicate.kind != plan::Predicate::Kind::kTrue) {
        write.updated_check = bench_.Filter(draft_, target.update->check);
      }
    }
    write.conflict = std::move(conflict);
    return {};
  }

 public:
  void set_conflict_path(std::string path) { conflict_path_ = std::move(path); }

 private:
  Workbench& bench_;
  Draft& draft_;
  std::string conflict_path_;
};

}  // namespace

MaybeIssue AddInsert(Workbench& bench, Draft& draft, const ResolvedField& field,
                     const InsertField& binding, const Places& places) {
  const auto first = static_cast<uint32_t>(draft.relational().writes.size());
  Target target{.insert = binding.write,
                .path = StrCat(field.path, ".args.", binding.one ? "object" : "objects")};
  for (const ResolvedMember& member : field.arguments) {
    const auto* conflict =
        std::get_if<OnConflictInput>(&bench.schema().input(member.definition->binding));
    if (conflict == nullptr || !IsGiven(member.value)) continue;
    target.update = conflict->update;
    target.on_conflict = &member.value;
  }
  std::vector<Job> jobs;
  const ResolvedValue* objects = WriteArgumentOf(bench, field.arguments, WriteArgument::kObjects);
  if (objects != nullptr && objects->kind == ResolvedValue::Kind::kObject) {
    jobs.push_back({.object = objects});
  } else if (objects != nullptr) {
    for (const ResolvedValue& item : objects->items) jobs.push_back({.object = &item});
  }
  InsertPlanner planner(bench, draft);
  planner.set_conflict_path(StrCat(field.path, ".args.on_conflict"));
  ASSIGN_OR_RETURN_ISSUE(const std::vector<RowPlace> rows_at,
                         planner.Insert(target, std::move(jobs)));
  std::vector<uint32_t> rows;
  for (const RowPlace& place : rows_at) {
    if (rows.empty() || rows.back() != place.write) rows.push_back(place.write);
  }
  std::vector<uint32_t> writes;
  for (uint32_t w = first; w < draft.relational().writes.size(); ++w) writes.push_back(w);
  return AddAnswer(bench, draft, field, *binding.write, std::move(writes), std::move(rows),
                   binding.one ? plan::RootShape::kObject : plan::RootShape::kResponse, places);
}

}  // namespace joinery::planner
