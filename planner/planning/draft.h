#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/issue.h"
#include "plan/plan.h"
#include "planner/planning/clone.h"
#include "planner/resolve/resolved.h"
#include "planner/schema/binding.h"

namespace joinery::planner {

// The places from the answer's root down to one field, outermost first: whether each may be null. A
// list adds one for its items.
using Places = std::vector<bool>;

// Adds the places of a field of `type` and of the items of its lists.
void PushPlaces(Places& places, graphql::TypeRef type);

// Steps from a field of `type` below `outer` up to the nearest place that may be null.
uint32_t BubbleLevels(const Places& outer, graphql::TypeRef type);

// Sets the check that tells the values of an input type: of built-in scalars and enums.
void SetCheck(const graphql::NamedType& type, plan::ParameterSource& source);

// A fetch in the making.
struct Draft {
  plan::SourceName source;
  plan::Fragment fragment;
  plan::Access access = plan::Access::kRead;
  std::vector<plan::ParameterSource> parameters;
  std::vector<plan::KeyInput> inputs;  // Of drafts.
  std::vector<plan::JoinTarget> joins;
  std::optional<uint32_t> after;
  uint32_t index = 0;
  uint32_t level = 0;  // How many fetches stand above it.

  plan::RelationalFragment& relational() {
    return std::get<plan::RelationalFragment>(fragment.body);
  }
  plan::GraphqlFragment& graphql() { return std::get<plan::GraphqlFragment>(fragment.body); }
  plan::ActionFragment& action() { return std::get<plan::ActionFragment>(fragment.body); }
};

// All state of one planning: the drafts, and what of the variables decides the plan. Not
// thread-safe.
class Workbench {
 public:
  Workbench(const RoleSchema& schema, const ResolvedOperation& operation)
      : schema_(schema), operation_(operation), modes_(operation.variables) {}

  const RoleSchema& schema() const { return schema_; }
  const ResolvedOperation& operation() const { return operation_; }

  Draft& NewDraft(plan::SourceKind kind, std::string_view source);
  // A fetch that takes keys of `parent`.
  Draft& NewChild(const Draft& parent, plan::SourceKind kind, std::string_view source);
  // The one fetch of `source` that takes keys of the level of `parent`. In a mutation it takes
  // those of `parent` alone: what comes later may change what it reads.
  Draft& SharedChild(const Draft& parent, plan::SourceKind kind, const std::string& source);
  Draft& draft(uint32_t index) { return *drafts_[index]; }
  std::vector<std::unique_ptr<Draft>>& drafts() { return drafts_; }

  // How many joined fields there are with this one.
  uint32_t CountJoin() { return ++joins_; }

  // A parameter fed by `source`; equal sources of equal types share one. `type` is for SQL sources.
  plan::ParameterIndex Parameter(Draft& draft, plan::ParameterSource source,
                                 const plan::SqlType* type = nullptr);
  // A parameter that holds what was given: a constant, or the place in a variable.
  plan::ParameterIndex Value(
      Draft& draft, const ResolvedValue& value, const plan::SqlType* type = nullptr,
      plan::ParameterSource::Check check = plan::ParameterSource::Check::kNone);
  // The same, shared with nothing: for values so many that looking for equal ones would not pay.
  plan::ParameterIndex OwnValue(Draft& draft, const ResolvedValue& value,
                                const plan::SqlType& type);
  // The same for a value that goes on to a source which takes our word for it: the edge checks what
  // the plan's variable modes do not tell, at every depth.
  plan::ParameterIndex PassedOn(Draft& draft, const ResolvedValue& value);
  plan::ParameterIndex Constant(Draft& draft, const json::Value& value,
                                const plan::SqlType* type = nullptr);

  // What was given, as JSON; the plan then depends on the variables in it.
  json::Value Freeze(const ResolvedValue& value);
  void DependOn(std::string_view variable, plan::VariableUse::Mode mode);

  // The filter of a permission, in terms of the draft's parameters.
  plan::Predicate Filter(Draft& draft, const FilterTemplate& filter);

  const std::map<std::string, plan::VariableUse::Mode, std::less<>>& modes() const {
    return modes_;
  }

 private:
  plan::ParameterSource SourceOf(const ResolvedValue& value, plan::ParameterSource::Check check);
  void CheckLeaves(Draft& draft, const ResolvedValue& value);

  const RoleSchema& schema_;
  const ResolvedOperation& operation_;
  std::vector<std::unique_ptr<Draft>> drafts_;
  uint32_t joins_ = 0;
  // By level, or by parent in a mutation.
  std::map<std::tuple<uint32_t, plan::SourceKind, std::string>, uint32_t> shared_children_;
  std::map<std::string, plan::VariableUse::Mode, std::less<>> modes_;
};

}  // namespace joinery::planner
