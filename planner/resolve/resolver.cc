#include "planner/resolve/resolver.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "base/strings.h"
#include "planner/resolve/values.h"
#include "planner/resolve/variables.h"

namespace joinery::planner {
namespace {

namespace ast = graphql::ast;

IssueOr<const ast::Operation*> ChooseOperation(const graphql::Document& document,
                                               std::string_view name) {
  const auto operations = document.operations();
  if (name.empty()) {
    if (operations.size() == 1) return operations[0];
    return ValidationFailed(
        "exactly one operation has to be present in the document when operationName is not "
        "specified",
        "$");
  }
  for (const ast::Operation* operation : operations) {
    if (operation->name.empty()) {
      return ValidationFailed(
          "operationName cannot be used when an anonymous operation exists in the document", "$");
    }
  }
  for (const ast::Operation* operation : operations) {
    if (operation->name == name) return operation;
  }
  return ValidationFailed(StrCat("no such operation found in the document: \"", name, "\""), "$");
}

// Finds spreads of unknown fragments and cycles, before anything is expanded. Each fragment is
// walked once.
class FragmentChecker {
 public:
  explicit FragmentChecker(const graphql::Document& document) : document_(document) {}

  MaybeIssue Check(const ast::SelectionSet& selections, const std::string& path) {
    for (const ast::Selection& selection : selections) {
      if (const ast::Field* field = selection.field()) {
        if (field->selections.empty()) continue;
        RETURN_IF_ISSUE(Check(field->selections, StrCat(path, ".", field->name, ".selectionSet")));
      } else if (const ast::InlineFragment* fragment = selection.inline_fragment()) {
        RETURN_IF_ISSUE(Check(fragment->selections, path));
      } else if (const ast::FragmentSpread* spread = selection.spread()) {
        RETURN_IF_ISSUE(CheckSpread(*spread, path));
      }
    }
    return {};
  }

 private:
  MaybeIssue CheckSpread(const ast::FragmentSpread& spread, const std::string& path) {
    const auto on_way = std::find(way_.begin(), way_.end(), spread.name);
    if (on_way != way_.end()) {
      std::vector<std::string_view> cycle(on_way, way_.end());
      std::string names(cycle.front());
      for (size_t i = 1; i < cycle.size(); ++i) {
        StrAppend(names, i + 1 < cycle.size() ? ", " : " and ", cycle[i]);
      }
      return ValidationFailed(StrCat("the fragment definition(s) ", names, " form a cycle"), path);
    }
    if (!done_.insert(spread.name).second) return {};
    const ast::FragmentDefinition* fragment = document_.fragment(spread.name);
    if (fragment == nullptr) {
      return ValidationFailed(StrCat("reference to undefined fragment \"", spread.name, "\""),
                              path);
    }
    done_.erase(spread.name);
    way_.push_back(spread.name);
    RETURN_IF_ISSUE(Check(fragment->selections, StrCat(path, ".", spread.name, ".selectionSet")));
    way_.pop_back();
    done_.insert(spread.name);
    return {};
  }

  const graphql::Document& document_;
  std::vector<std::string_view> way_;
  std::set<std::string_view> done_;
};

// The selections of one response key, in the order written.
struct Merged {
  std::string_view response_key;
  std::vector<const ast::Field*> fields;
};

bool SameValue(const ast::Value& a, const ast::Value& b) {
  if (a.kind != b.kind || a.text != b.text || a.boolean != b.boolean ||
      a.items.size() != b.items.size() || a.fields.size() != b.fields.size()) {
    return false;
  }
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!SameValue(a.items[i], b.items[i])) return false;
  }
  for (const ast::ObjectField& field : a.fields) {
    const auto other =
        std::find_if(b.fields.begin(), b.fields.end(),
                     [&](const ast::ObjectField& f) { return f.name == field.name; });
    if (other == b.fields.end() || !SameValue(field.value, other->value)) return false;
  }
  return true;
}

bool SameArguments(const ast::Field& a, const ast::Field& b) {
  if (a.arguments.size() != b.arguments.size()) return false;
  return std::all_of(a.arguments.begin(), a.arguments.end(), [&](const ast::Argument& argument) {
    const auto other = std::find_if(
        b.arguments.begin(), b.arguments.end(),
        [&](const ast::Argument& other_one) { return other_one.name == argument.name; });
    return other != b.arguments.end() && SameValue(argument.value, other->value);
  });
}

class SelectionResolver {
 public:
  SelectionResolver(const RoleSchema& schema, const graphql::Document& document,
                    Variables& variables, size_t max_selections)
      : schema_(schema), document_(document), values_(schema, variables), left_(max_selections) {}

  IssueOr<std::vector<ResolvedField>> Root(const ast::Operation& operation,
                                           const graphql::ObjectType& type) {
    const std::vector<const ast::SelectionSet*> sets = {&operation.selections};
    return Object(sets, type, "$.selectionSet");
  }

  ValueResolver& values() { return values_; }

 private:
  using Sets = std::vector<const ast::SelectionSet*>;

  // Merges the selections that hold for an object of `type`.
  MaybeIssue Collect(const ast::SelectionSet& selections, const graphql::ObjectType& type,
                     const std::string& path, std::vector<Merged>& out,
                     std::map<std::string_view, size_t>& index) {
    for (const ast::Selection& selection : selections) {
      if (left_-- == 0) {
        return ValidationFailed(
            "the operation selects too many fields once its fragments are expanded", path);
      }
      if (const ast::Field* field = selection.field()) {
        const std::string field_path = StrCat(path, ".", field->name);
        ASSIGN_OR_RETURN_ISSUE(const bool included,
                               values_.Included(field->directives, "field", field_path));
        if (!included) continue;
        const auto [it, added] = index.emplace(field->response_key(), out.size());
        if (added) {
          out.push_back({field->response_key(), {field}});
          continue;
        }
        RETURN_IF_ISSUE(CheckMerge(*out[it->second].fields.front(), *field, path));
        out[it->second].fields.push_back(field);
      } else if (const ast::InlineFragment* fragment = selection.inline_fragment()) {
        ASSIGN_OR_RETURN_ISSUE(const bool included,
                               values_.Included(fragment->directives, "inline fragment", path));
        if (included && Applies(fragment->type_condition, type)) {
          RETURN_IF_ISSUE(Collect(fragment->selections, type, path, out, index));
        }
      } else if (const ast::FragmentSpread* spread = selection.spread()) {
        ASSIGN_OR_RETURN_ISSUE(const bool included,
                               values_.Included(spread->directives, "fragment spread", path));
        const ast::FragmentDefinition* definition = document_.fragment(spread->name);
        if (included && definition != nullptr && Applies(definition->type_condition, type)) {
          RETURN_IF_ISSUE(Collect(definition->selections, type, path, out, index));
        }
      }
    }
    return {};
  }

  static MaybeIssue CheckMerge(const ast::Field& first, const ast::Field& second,
                               const std::string& path) {
    if (first.name != second.name) {
      return ValidationFailed(
          StrCat("selection of both ", first.name, " and ", second.name,
                 " specify the same response name, \"", first.response_key(), "\""),
          path);
    }
    if (!SameArguments(first, second)) {
      return ValidationFailed(
          StrCat("inconsistent arguments between multiple selections of field \"", first.name,
                 "\""),
          path);
    }
    return {};
  }

  bool Applies(std::string_view condition, const graphql::ObjectType& type) const {
    if (condition.empty() || condition == type.name) return true;
    const graphql::NamedType* named = schema_.schema->type(condition);
    return named != nullptr && named->MayBe(type);
  }

  IssueOr<std::vector<ResolvedField>> Object(const Sets& sets, const graphql::ObjectType& type,
                                             const std::string& path) {
    std::vector<Merged> merged;
    std::map<std::string_view, size_t> index;
    for (const ast::SelectionSet* set : sets) {
      RETURN_IF_ISSUE(Collect(*set, type, path, merged, index));
    }
    std::vector<ResolvedField> out;
    out.reserve(merged.size());
    for (const Merged& field : merged) {
      ASSIGN_OR_RETURN_ISSUE(ResolvedField resolved, Field(field, type, path));
      out.push_back(std::move(resolved));
    }
    return out;
  }

  IssueOr<ResolvedField> Field(const Merged& merged, const graphql::ObjectType& parent,
                               const std::string& path) {
    const ast::Field& first = *merged.fields.front();
    ResolvedField out;
    out.response_key = merged.response_key;
    out.parent = &parent;
    out.path = StrCat(path, ".", first.name);
    out.sources = merged.fields;
    out.definition = schema_.schema->FieldOf(parent, first.name);
    if (out.definition == nullptr) {
      return ValidationFailed(
          StrCat("field \"", first.name, "\" not found in type: '", parent.name, "'"), out.path);
    }
    ASSIGN_OR_RETURN_ISSUE(out.arguments,
                           values_.Arguments(*out.definition, first.arguments, out.path));
    const graphql::NamedType& type = *out.definition->type.named();
    Sets sets;
    for (const ast::Field* field : merged.fields) {
      if (!field->selections.empty()) sets.push_back(&field->selections);
    }
    if (!type.is_composite()) {
      if (!sets.empty()) {
        return ValidationFailed("unexpected subselection set for non-object field", out.path);
      }
      return out;
    }
    if (sets.empty()) {
      return ValidationFailed(StrCat("missing selection set for \"", type.name, "\""),
                              StrCat(out.path, ".selectionSet"));
    }
    // Introspection answers itself from `sources`.
    if (type.is_introspection) return out;
    ASSIGN_OR_RETURN_ISSUE(out.selection, Selection(sets, type, StrCat(out.path, ".selectionSet")));
    return out;
  }

  IssueOr<ResolvedSelection> Selection(const Sets& sets, const graphql::NamedType& type,
                                       const std::string& path) {
    ResolvedSelection out;
    if (const graphql::ObjectType* object = type.AsObject()) {
      ASSIGN_OR_RETURN_ISSUE(out.fields, Object(sets, *object, path));
      return out;
    }
    RETURN_IF_ISSUE(CheckAbstract(sets, type, path));
    for (const graphql::ObjectType* object : type.possible_types()) {
      ASSIGN_OR_RETURN_ISSUE(std::vector<ResolvedField> fields, Object(sets, *object, path));
      out.by_type.push_back({object, std::move(fields)});
    }
    return out;
  }

  // What stands directly on an interface or union must be a field of it, not only of its objects.
  MaybeIssue CheckAbstract(const Sets& sets, const graphql::NamedType& type,
                           const std::string& path) {
    for (const ast::SelectionSet* set : sets) {
      for (const ast::Selection& selection : *set) {
        const ast::Field* field = selection.field();
        if (field != nullptr && schema_.schema->FieldOf(type, field->name) == nullptr) {
          return ValidationFailed(
              StrCat("field \"", field->name, "\" not found in type: '", type.name, "'"),
              StrCat(path, ".", field->name));
        }
      }
    }
    return {};
  }

  const RoleSchema& schema_;
  const graphql::Document& document_;
  ValueResolver values_;
  size_t left_;
};

}  // namespace

IssueOr<ResolvedOperation> Resolve(const RoleSchema& schema,
                                   std::shared_ptr<const graphql::Document> document,
                                   std::string_view operation_name, const json::Value& variables,
                                   const ResolveLimits& limits) {
  ASSIGN_OR_RETURN_ISSUE(const ast::Operation* operation,
                         ChooseOperation(*document, operation_name));
  ASSIGN_OR_RETURN_ISSUE(Variables declared, Variables::Read(*document, *operation, variables));
  FragmentChecker fragments(*document);
  RETURN_IF_ISSUE(fragments.Check(operation->selections, "$.selectionSet"));

  const graphql::ObjectType* root = schema.schema->root(operation->kind);
  if (root == nullptr) {
    return ValidationFailed(StrCat("no ",
                                   graphql::OperationKindName(operation->kind) == "query"
                                       ? "queries"
                                       : StrCat(graphql::OperationKindName(operation->kind), "s"),
                                   " exist"),
                            "$");
  }
  SelectionResolver resolver(schema, *document, declared, limits.max_selections);
  RETURN_IF_ISSUE(resolver.values().Included(operation->directives,
                                             graphql::OperationKindName(operation->kind), "$"));

  ResolvedOperation out;
  out.document = document;
  out.kind = static_cast<plan::OperationKind>(operation->kind);
  ASSIGN_OR_RETURN_ISSUE(out.fields, resolver.Root(*operation, *root));
  out.several_top_level_fields =
      std::ranges::any_of(operation->directives, [](const ast::Directive& directive) {
        return directive.name == "_multiple_top_level_fields";
      });
  out.variables = declared.modes();
  out.variable_values = json::Value::Object();
  for (const auto& [name, variable] : declared.declared()) {
    out.variable_types.emplace(name, variable.definition->type);
    if (variable.has_default) out.variable_defaults.emplace(name, variable.fallback);
    if (variable.value() != nullptr) out.variable_values.Set(name, *variable.value());
  }
  return out;
}

}  // namespace joinery::planner
