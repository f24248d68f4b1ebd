#include "planner/planning/planning.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/strings.h"
#include "graphql/introspection.h"
#include "json/write.h"
#include "planner/planning/mutation.h"
#include "planner/planning/relational.h"
#include "planner/planning/remote.h"

namespace joinery::planner {
namespace {

using Kind = plan::ResponseField::Kind;

class OperationPlanner {
 public:
  OperationPlanner(const RoleSchema& schema, const ResolvedOperation& operation)
      : operation_(operation), bench_(schema, operation) {}

  IssueOr<std::shared_ptr<const plan::Plan>> Run() {
    auto plan = std::make_shared<plan::Plan>();
    plan->operation = operation_.kind;
    RETURN_IF_ISSUE(CheckSubscription());
    // `data` itself may be null.
    const Places places = {true};
    ASSIGN_OR_RETURN_ISSUE(plan->response, Fields(operation_.fields, places));
    TakeFetches(*plan);
    for (const auto& [name, mode] : bench_.modes()) {
      plan->variables.push_back({.name = name, .mode = mode});
    }
    return std::shared_ptr<const plan::Plan>(std::move(plan));
  }

 private:
  // A subscription watches one field of one source.
  MaybeIssue CheckSubscription() const {
    if (operation_.kind != plan::OperationKind::kSubscription) return {};
    size_t fields = 0;
    for (const ResolvedField& field : operation_.fields) {
      if (field.is_typename()) continue;
      ++fields;
      const bool remote =
          std::holds_alternative<RemoteField>(bench_.schema().field(field.definition->binding));
      std::string_view fault;
      if (field.definition->type.named()->is_introspection) {
        fault = "Introspection not supported over subscriptions";
      } else if (remote) {
        fault = "subscription to remote server is not supported";
      }
      if (fault.empty()) continue;
      return Issue{.code = "not-supported", .message = std::string(fault), .path = "$"};
    }
    if (fields <= 1 || operation_.several_top_level_fields) return {};
    return ValidationFailed("subscriptions must select one top level field", "$");
  }

  bool mutation() const { return operation_.kind == plan::OperationKind::kMutation; }

  // A shared fetch may have been drafted before one that feeds it; in the plan levels follow each
  // other.
  void TakeFetches(plan::Plan& plan) {
    std::vector<std::unique_ptr<Draft>> drafts = std::move(bench_.drafts());
    std::ranges::stable_sort(drafts, {}, [](const auto& draft) { return draft->level; });
    std::vector<uint32_t> places(drafts.size());
    for (uint32_t i = 0; i < drafts.size(); ++i) places[drafts[i]->index] = i;
    for (std::unique_ptr<Draft>& draft : drafts) {
      plan::Fetch fetch = Finish(std::move(*draft));
      for (plan::KeyInput& input : fetch.inputs) input.fetch = places[input.fetch];
      for (plan::JoinTarget& join : fetch.joins) join.fetch = places[join.fetch];
      if (fetch.after) fetch.after = places[*fetch.after];
      plan.fetches.push_back(std::move(fetch));
    }
    MoveFetches(places, plan.response);
  }

  static void MoveFetches(const std::vector<uint32_t>& places,
                          std::vector<plan::ResponseField>& fields) {
    for (plan::ResponseField& field : fields) {
      if (field.kind == Kind::kFetch) field.fetch = places[field.fetch];
      MoveFetches(places, field.fields);
    }
  }

  static plan::Fetch Finish(Draft draft) {
    draft.fragment.parameters = static_cast<uint32_t>(draft.parameters.size());
    plan::Fetch fetch;
    fetch.source = std::move(draft.source);
    fetch.fragment = plan::Seal(std::move(draft.fragment));
    fetch.access = draft.access;
    fetch.parameters = std::move(draft.parameters);
    fetch.inputs = std::move(draft.inputs);
    fetch.joins = std::move(draft.joins);
    fetch.after = draft.after;
    return fetch;
  }

  IssueOr<std::vector<plan::ResponseField>> Fields(const std::vector<ResolvedField>& fields,
                                                   const Places& places) {
    std::vector<plan::ResponseField> out;
    for (const ResolvedField& field : fields) {
      ASSIGN_OR_RETURN_ISSUE(plan::ResponseField one, Field(field, places));
      out.push_back(std::move(one));
    }
    return out;
  }

  IssueOr<plan::ResponseField> Field(const ResolvedField& field, const Places& outer) {
    plan::ResponseField out;
    out.response_key = field.response_key;
    out.field_name = field.definition->name;
    out.non_null = field.definition->type.is_non_null();
    if (field.is_typename()) {
      json::AppendQuoted(out.constant, field.parent->name);
      return out;
    }
    if (field.definition->type.named()->is_introspection)
      return Introspection(field, std::move(out));
    Places places = outer;
    PushPlaces(places, field.definition->type);
    const FieldBinding& binding = bench_.schema().field(field.definition->binding);
    if (std::holds_alternative<NamespaceField>(binding)) {
      out.kind = Kind::kObject;
      ASSIGN_OR_RETURN_ISSUE(out.fields, Fields(field.selection.fields, places));
      return out;
    }
    out.kind = Kind::kFetch;
    if (const auto* table = std::get_if<TableRootField>(&binding)) {
      return TableRoot(field, *table, places, std::move(out));
    }
    if (const auto* insert = std::get_if<InsertField>(&binding)) {
      return Write(insert->write->source, std::move(out),
                   [&](Draft& draft) { return AddInsert(bench_, draft, field, *insert, places); });
    }
    if (const auto* update = std::get_if<UpdateField>(&binding)) {
      return Write(update->write->source, std::move(out),
                   [&](Draft& draft) { return AddUpdate(bench_, draft, field, *update, places); });
    }
    if (const auto* remove = std::get_if<DeleteField>(&binding)) {
      return Write(remove->write->source, std::move(out),
                   [&](Draft& draft) { return AddDelete(bench_, draft, field, *remove, places); });
    }
    if (const auto* remote = std::get_if<RemoteField>(&binding)) {
      return RemoteRoot(field, *remote->schema, places, std::move(out));
    }
    if (const auto* action = std::get_if<ActionRootField>(&binding)) {
      Draft& draft = bench_.NewDraft(plan::SourceKind::kAction, action->action);
      Order(draft);
      out.fetch = draft.index;
      RETURN_IF_ISSUE(BuildAction(bench_, draft, field, *action, places));
      return out;
    }
    // A constant field such as the placeholder of a role without queries.
    if (std::holds_alternative<std::monostate>(binding)) {
      out.kind = Kind::kConstant;
      json::AppendQuoted(out.constant, field.definition->description);
      return out;
    }
    return UnexpectedIssue(StrCat("root field \"", field.definition->name, "\" has no meaning"));
  }

  IssueOr<plan::ResponseField> Introspection(const ResolvedField& field, plan::ResponseField out) {
    for (const auto& [name, value] : operation_.variable_types) {
      bench_.DependOn(name, plan::VariableUse::Mode::kExact);
    }
    const auto outcome =
        graphql::WriteIntrospection(*bench_.schema().schema, *operation_.document, field.sources,
                                    operation_.variable_values, out.constant);
    if (outcome == graphql::IntrospectionOutcome::kTooLarge) {
      return ValidationFailed("the introspection query asks for too much", field.path);
    }
    return out;
  }

  IssueOr<plan::ResponseField> TableRoot(const ResolvedField& field, const TableRootField& binding,
                                         const Places& places, plan::ResponseField out) {
    using Shape = TableRootField::Shape;
    Draft& draft = SharedDraft(plan::SourceKind::kPostgres, binding.table->source);
    plan::RelationalRoot root;
    const bool aggregate = binding.shape == Shape::kAggregate;
    ASSIGN_OR_RETURN_ISSUE(root.relation,
                           BuildRelation(bench_, draft, field, *binding.table, aggregate, places));
    root.primary_key = binding.table->primary_key;
    root.shape = aggregate                        ? plan::RootShape::kAggregate
                 : binding.shape == Shape::kArray ? plan::RootShape::kArray
                                                  : plan::RootShape::kObject;
    if (binding.shape == Shape::kByPk) PrimaryKey(field, draft, root.relation);
    if (root.shape == plan::RootShape::kObject) root.relation.limit = {};
    if (binding.function != nullptr) {
      ASSIGN_OR_RETURN_ISSUE(plan::FunctionCall call,
                             BuildCall(bench_, draft, *binding.function, field.argument("args"),
                                       StrCat(field.path, ".args.args")));
      root.relation.function = std::make_unique<plan::FunctionCall>(std::move(call));
    }
    out.fetch = draft.index;
    out.root = static_cast<uint32_t>(draft.relational().roots.size());
    draft.relational().roots.push_back(std::move(root));
    return out;
  }

  template <typename Add>
  IssueOr<plan::ResponseField> Write(const std::string& source, plan::ResponseField out,
                                     const Add& add) {
    Draft& draft = SharedDraft(plan::SourceKind::kPostgres, source);
    out.fetch = draft.index;
    RETURN_IF_ISSUE(add(draft));
    out.root = static_cast<uint32_t>(draft.relational().roots.size() - 1);
    return out;
  }

  void PrimaryKey(const ResolvedField& field, Draft& draft, plan::Relation& relation) {
    for (const ResolvedMember& member : field.arguments) {
      const auto* key =
          std::get_if<PrimaryKeyInput>(&bench_.schema().input(member.definition->binding));
      if (key == nullptr) continue;
      plan::Predicate equal;
      equal.kind = plan::Predicate::Kind::kCompare;
      equal.left = plan::Scalar{.column = key->column, .type = key->type};
      equal.parameters.push_back(bench_.Value(draft, member.value, &key->type));
      relation.where = And(std::move(relation.where), std::move(equal));
    }
  }

  IssueOr<plan::ResponseField> RemoteRoot(const ResolvedField& field,
                                          const RemoteSchemaBinding& remote, const Places& places,
                                          plan::ResponseField out) {
    Draft& draft = SharedDraft(plan::SourceKind::kRemoteSchema, remote.name);
    if (mutation()) draft.graphql().operation = plan::GraphqlFragment::Operation::kMutation;
    out.fetch = draft.index;
    out.root = static_cast<uint32_t>(draft.graphql().roots.size());
    RETURN_IF_ISSUE(AddRemoteRoot(bench_, draft, field, remote, places));
    return out;
  }

  // Root fields of one source are one fetch. In a mutation those that follow each other are: of a
  // database one transaction.
  Draft& SharedDraft(plan::SourceKind kind, const std::string& source) {
    const auto known = root_drafts_.find({kind, source});
    if (known != root_drafts_.end()) {
      const bool next = kind == plan::SourceKind::kPostgres && last_write_ == known->second;
      if (!mutation() || next) return bench_.draft(known->second);
    }
    Draft& draft = bench_.NewDraft(kind, source);
    if (mutation() && kind == plan::SourceKind::kPostgres) draft.relational().in_order = true;
    root_drafts_[{kind, source}] = draft.index;
    Order(draft);
    return draft;
  }

  void Order(Draft& draft) {
    if (!mutation()) return;
    draft.access = plan::Access::kWrite;
    draft.after = last_write_;
    last_write_ = draft.index;
  }

  const ResolvedOperation& operation_;
  Workbench bench_;
  std::map<std::pair<plan::SourceKind, std::string>, uint32_t> root_drafts_;
  std::optional<uint32_t> last_write_;
};

}  // namespace

IssueOr<std::shared_ptr<const plan::Plan>> MakePlan(const RoleSchema& schema,
                                                    const ResolvedOperation& operation) {
  return OperationPlanner(schema, operation).Run();
}

}  // namespace joinery::planner
