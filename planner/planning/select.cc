#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/planning/joins.h"
#include "planner/planning/json_path.h"
#include "planner/planning/relational.h"

namespace joinery::planner {
namespace {

using Check = plan::ParameterSource::Check;

const ResolvedMember* ListArgumentOf(const Workbench& bench, const ResolvedField& field,
                                     ListArgument wanted) {
  for (const ResolvedMember& member : field.arguments) {
    const auto* list =
        std::get_if<ListArgumentInput>(&bench.schema().input(member.definition->binding));
    if (list != nullptr && list->argument == wanted) return &member;
  }
  return nullptr;
}

plan::Bound BuildBound(Workbench& bench, Draft& draft, const ResolvedMember* member) {
  plan::Bound bound;
  if (member == nullptr || member->value.kind == ResolvedValue::Kind::kNull) return bound;
  if (member->value.from_variable()) {
    const plan::SqlType type{.name = "int8"};
    bound.parameter = bench.Value(draft, member->value, &type, Check::kNonNegativeInt);
  } else {
    bound.constant = member->value.scalar.int64();
  }
  return bound;
}

plan::Bound Smaller(plan::Bound bound, std::optional<int64_t> permitted) {
  if (!permitted) return bound;
  bound.constant = bound.constant ? std::min(*bound.constant, *permitted) : *permitted;
  return bound;
}

// `distinct_on` must be the first columns of `order_by`, in any order.
MaybeIssue CheckDistinct(const plan::Relation& relation, const std::string& path) {
  if (relation.distinct_on.empty() || relation.order_by.empty()) return {};
  const size_t count = relation.distinct_on.size();
  for (size_t i = 0; i < count; ++i) {
    const bool matches =
        i < relation.order_by.size() && relation.order_by[i].path.empty() &&
        relation.order_by[i].scalar &&
        std::ranges::find(relation.distinct_on, relation.order_by[i].scalar->column) !=
            relation.distinct_on.end();
    if (!matches) {
      return ValidationFailed("\"distinct_on\" columns must match initial \"order_by\" columns",
                              StrCat(path, ".args"));
    }
  }
  return {};
}

class RowBuilder {
 public:
  RowBuilder(Workbench& bench, Draft& draft, const TableBinding& table, const Places& places)
      : bench_(bench), draft_(draft), table_(table), places_(places) {}

  IssueOr<plan::OutputField> Field(const ResolvedField& field) {
    plan::OutputField out;
    out.name = field.response_key;
    if (field.is_typename()) {
      out.kind = plan::OutputField::Kind::kConstant;
      json::AppendQuoted(out.constant, field.parent->name);
      return out;
    }
    const FieldBinding& binding = bench_.schema().field(field.definition->binding);
    if (const auto* column = std::get_if<ColumnField>(&binding)) {
      out.scalar = BuildScalar(bench_, draft_, *column->column);
      out.form = column->column->form;
      RETURN_IF_ISSUE(JsonPath(field, out));
      return out;
    }
    if (const auto* computed = std::get_if<ComputedScalarField>(&binding)) {
      ASSIGN_OR_RETURN_ISSUE(plan::FunctionCall call,
                             BuildCall(bench_, draft_, *computed->function, field.argument("args"),
                                       StrCat(field.path, ".args.args")));
      out.scalar = BuildComputed(bench_, draft_, *computed, std::move(call));
      out.form = computed->form;
      RETURN_IF_ISSUE(JsonPath(field, out));
      return out;
    }
    if (const auto* relationship = std::get_if<RelationshipField>(&binding)) {
      return Nested(field, *relationship, std::move(out));
    }
    if (const auto* remote = std::get_if<RemoteRelationshipField>(&binding)) {
      ASSIGN_OR_RETURN_ISSUE(const uint32_t key_set,
                             RowKeySet(bench_, draft_, *remote, place_key_sets_));
      ASSIGN_OR_RETURN_ISSUE(out.join, AddJoin(bench_, draft_, key_set, field, *remote, places_));
      out.kind = plan::OutputField::Kind::kHole;
      return out;
    }
    return UnexpectedIssue(StrCat("field \"", field.definition->name, "\" of type ",
                                  table_.type_name, " has no meaning"));
  }

 private:
  MaybeIssue JsonPath(const ResolvedField& field, plan::OutputField& out) {
    const ResolvedValue* path = field.argument("path");
    if (path == nullptr || path->kind == ResolvedValue::Kind::kNull) return {};
    const json::Value text = bench_.Freeze(*path);
    ASSIGN_OR_RETURN_ISSUE(const std::vector<std::string> steps,
                           ParseJsonPath(text.string(), StrCat(field.path, ".args.path")));
    if (steps.empty()) return {};
    json::Value list = json::Value::Array();
    for (const std::string& step : steps) list.Append(json::Value(step));
    const plan::SqlType type{.name = "text", .dimensions = 1};
    out.json_path = bench_.Constant(draft_, list, &type);
    return {};
  }

  IssueOr<plan::OutputField> Nested(const ResolvedField& field,
                                    const RelationshipField& relationship, plan::OutputField out) {
    using Shape = RelationshipField::Shape;
    Places places = places_;
    PushPlaces(places, field.definition->type);
    const bool aggregate = relationship.shape == Shape::kAggregate;
    ASSIGN_OR_RETURN_ISSUE(
        plan::Relation relation,
        BuildRelation(bench_, draft_, field, *relationship.target, aggregate, places));
    relation.pairs = relationship.pairs;
    if (relationship.function != nullptr) {
      ASSIGN_OR_RETURN_ISSUE(plan::FunctionCall call,
                             BuildCall(bench_, draft_, *relationship.function,
                                       field.argument("args"), StrCat(field.path, ".args.args")));
      relation.function = std::make_unique<plan::FunctionCall>(std::move(call));
    }
    out.kind = aggregate                              ? plan::OutputField::Kind::kAggregate
               : relationship.shape == Shape::kObject ? plan::OutputField::Kind::kObject
                                                      : plan::OutputField::Kind::kArray;
    if (relationship.shape == Shape::kObject) relation.limit = {};
    out.relation = std::make_unique<plan::Relation>(std::move(relation));
    return out;
  }

  Workbench& bench_;
  Draft& draft_;
  const TableBinding& table_;
  const Places& places_;
  std::vector<uint32_t> place_key_sets_;
};

}  // namespace

plan::Scalar BuildScalar(Workbench& bench, Draft& draft, const ColumnBinding& column) {
  plan::Scalar scalar{.column = column.name, .type = column.type};
  if (column.visible_if) {
    scalar.visible_if = std::make_unique<plan::Predicate>(bench.Filter(draft, *column.visible_if));
  }
  return scalar;
}

IssueOr<std::vector<plan::OutputField>> BuildRow(Workbench& bench, Draft& draft,
                                                 const std::vector<ResolvedField>& fields,
                                                 const TableBinding& table, const Places& places) {
  RowBuilder builder(bench, draft, table, places);
  std::vector<plan::OutputField> out;
  for (const ResolvedField& field : fields) {
    ASSIGN_OR_RETURN_ISSUE(plan::OutputField one, builder.Field(field));
    out.push_back(std::move(one));
  }
  return out;
}

IssueOr<plan::FunctionCall> BuildCall(Workbench& bench, Draft& draft,
                                      const FunctionBinding& function, const ResolvedValue* args,
                                      const std::string& path) {
  plan::FunctionCall call{.function = function.function};
  bool left_out = false;
  for (const FunctionArgumentBinding& argument : function.arguments) {
    plan::FunctionArgument out{.name = argument.name};
    switch (argument.kind) {
      case FunctionArgumentBinding::Kind::kRow:
        out.kind = plan::FunctionArgument::Kind::kRow;
        break;
      case FunctionArgumentBinding::Kind::kSession: {
        plan::ParameterSource session;
        session.kind = plan::ParameterSource::Kind::kSessionObject;
        out.parameter = bench.Parameter(draft, std::move(session), &argument.type);
        break;
      }
      case FunctionArgumentBinding::Kind::kClient: {
        const ResolvedValue* value = args == nullptr ? nullptr : args->Find(argument.graphql_name);
        if (value == nullptr) {
          if (!argument.has_default) {
            return Issue{.code = "not-supported",
                         .message = "Non default arguments cannot be omitted",
                         .path = path};
          }
          left_out = true;
          continue;
        }
        if (left_out && argument.name.empty()) {
          return Issue{.code = "not-supported",
                       .message = "Only last set of positional arguments can be omitted",
                       .path = path};
        }
        out.parameter = bench.Value(draft, *value, &argument.type);
        break;
      }
    }
    // After an argument that was left out only names tell which one is meant.
    if (!left_out) out.name.clear();
    call.arguments.push_back(std::move(out));
  }
  return call;
}

IssueOr<plan::Relation> BuildRelation(Workbench& bench, Draft& draft, const ResolvedField& field,
                                      const TableBinding& table, bool aggregate,
                                      const Places& places) {
  plan::Relation relation{.table = table.table};
  relation.where = bench.Filter(draft, table.filter);
  const ResolvedMember* where = ListArgumentOf(bench, field, ListArgument::kWhere);
  if (where != nullptr && where->value.kind == ResolvedValue::Kind::kObject) {
    ASSIGN_OR_RETURN_ISSUE(plan::Predicate client, BuildPredicate(bench, draft, where->value));
    relation.where = And(std::move(relation.where), std::move(client));
  }
  const ResolvedMember* order = ListArgumentOf(bench, field, ListArgument::kOrderBy);
  if (order != nullptr) {
    ASSIGN_OR_RETURN_ISSUE(relation.order_by, BuildOrderBy(bench, draft, order->value));
  }
  const ResolvedMember* distinct = ListArgumentOf(bench, field, ListArgument::kDistinctOn);
  if (distinct != nullptr) {
    bench.Freeze(distinct->value);
    for (const ResolvedValue& item : distinct->value.items) {
      const uint32_t binding = item.enum_value->binding;
      if (binding < bench.schema().enum_columns.size()) {
        relation.distinct_on.push_back(bench.schema().enum_columns[binding]->name);
      }
    }
  }
  RETURN_IF_ISSUE(CheckDistinct(relation, field.path));
  relation.limit = BuildBound(bench, draft, ListArgumentOf(bench, field, ListArgument::kLimit));
  relation.offset = BuildBound(bench, draft, ListArgumentOf(bench, field, ListArgument::kOffset));
  if (aggregate) {
    ASSIGN_OR_RETURN_ISSUE(relation.aggregate, BuildAggregate(bench, draft, field, table, places));
    return relation;
  }
  relation.limit = Smaller(relation.limit, table.limit);
  ASSIGN_OR_RETURN_ISSUE(relation.fields,
                         BuildRow(bench, draft, field.selection.fields, table, places));
  return relation;
}

}  // namespace joinery::planner
