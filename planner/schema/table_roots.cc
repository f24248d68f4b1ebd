#include <array>

#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

using Root = RoleBuilder::Root;

template <typename Config>
RootText TextOf(const Config& custom_root_fields, std::string_view key, const SourceNaming& naming,
                const Identifier& fallback, std::string description) {
  RootText out{.name = naming.Field(fallback), .description = std::move(description)};
  const auto config = custom_root_fields.find(key);
  if (config != custom_root_fields.end()) {
    if (!config->second.name.empty()) out.name = config->second.name;
    if (config->second.comment) out.description = *config->second.comment;
  }
  out.name = naming.Root(out.name);
  return out;
}

bool Allowed(const std::optional<std::set<std::string, std::less<>>>& fields,
             std::string_view key) {
  return !fields || fields->contains(key);
}

class TableRootsBuilder {
 public:
  TableRootsBuilder(RoleBuilder& builder, const TableView& view)
      : builder_(builder), view_(view), sql_name_(SqlName(view.table->name)) {}

  void Build() {
    if (view_.has_type) {
      AddList();
      AddByPk();
    }
    if (view_.permission->allow_aggregations) AddAggregate();
  }

 private:
  RootText Text(std::string_view key, const Identifier& fallback, std::string_view before,
                std::string_view after) const {
    return TableRootText(*view_.table, key, fallback, StrCat(before, "\"", sql_name_, "\"", after));
  }

  void Add(std::string_view key, const RootText& text, FieldSpec field) {
    field.name = text.name;
    field.description = text.description;
    if (Allowed(view_.permission->query_root_fields, key)) {
      builder_.RootOf(Root::kQuery, view_.naming()).Add(field);
    }
    if (Allowed(view_.permission->subscription_root_fields, key)) {
      builder_.RootOf(Root::kSubscription, view_.naming()).Add(field);
    }
  }

  void AddList() {
    RootText text = Text("select", view_.table->identifier, "fetch data from the table: ", "");
    const metadata::Table& metadata = *view_.table->metadata;
    const std::string& comment =
        metadata.comment.empty() ? view_.table->catalog->comment : metadata.comment;
    const auto config = metadata.custom_root_fields.find("select");
    const bool described = config != metadata.custom_root_fields.end() && config->second.comment;
    if (!comment.empty() && !described) text.description = comment;
    Add("select", text,
        {.type = NonNull(List(NonNull(builder_.Type(view_.table->type_name)))),
         .arguments = ListArguments(builder_, view_),
         .binding = builder_.Field(
             TableRootField{.shape = TableRootField::Shape::kArray, .table = view_.binding})});
  }

  void AddByPk() {
    std::vector<InputValueSpec> arguments;
    for (const std::string& key : view_.binding->primary_key) {
      const Column* column = view_.table->FindColumn(key);
      const ColumnBinding* bound = column == nullptr ? nullptr : view_.Find(column);
      if (bound == nullptr) return;
      arguments.push_back(
          {.name = bound->graphql_name,
           .type = NonNull(ColumnType(builder_, *column)),
           .description = column->description,
           .binding = builder_.Input(PrimaryKeyInput{.column = key, .type = bound->type})});
    }
    if (arguments.empty()) return;
    const RootText text = Text("select_by_pk", view_.table->identifier.Then("by_pk"),
                               "fetch data from the table: ", " using primary key columns");
    Add("select_by_pk", text,
        {.type = builder_.Type(view_.table->type_name),
         .arguments = std::move(arguments),
         .binding = builder_.Field(
             TableRootField{.shape = TableRootField::Shape::kByPk, .table = view_.binding})});
  }

  void AddAggregate() {
    const RootText text = Text("select_aggregate", view_.table->identifier.Then("aggregate"),
                               "fetch aggregated fields from the table: ", "");
    Add("select_aggregate", text,
        {.type = NonNull(builder_.Type(view_.TypeName("aggregate"))),
         .arguments = ListArguments(builder_, view_),
         .binding = builder_.Field(
             TableRootField{.shape = TableRootField::Shape::kAggregate, .table = view_.binding})});
  }

  RoleBuilder& builder_;
  const TableView& view_;
  const std::string sql_name_;
};

}  // namespace

RootText TableRootText(const Table& table, std::string_view key, const Identifier& fallback,
                       std::string description) {
  return TextOf(table.metadata->custom_root_fields, key, *table.source->naming, fallback,
                std::move(description));
}

std::vector<InputValueSpec> ListArguments(RoleBuilder& builder, const TableView& view) {
  // The convention's spellings of the two names that have more than one word.
  const bool graphql = view.naming().is_graphql();
  const auto input = [&](ListArgument argument) {
    return builder.Input(ListArgumentInput{.argument = argument});
  };
  std::vector<InputValueSpec> out;
  if (view.has_columns()) {
    out.push_back({.name = graphql ? "distinctOn" : "distinct_on",
                   .type = List(NonNull(builder.Type(view.TypeName("select_column")))),
                   .description = "distinct select on columns",
                   .binding = input(ListArgument::kDistinctOn)});
  }
  out.push_back({.name = "limit",
                 .type = builder.Type("Int"),
                 .description = "limit the number of rows returned",
                 .binding = input(ListArgument::kLimit)});
  out.push_back({.name = "offset",
                 .type = builder.Type("Int"),
                 .description = "skip the first n rows. Use only with order_by",
                 .binding = input(ListArgument::kOffset)});
  if (view.has_order_by()) {
    out.push_back({.name = graphql ? "orderBy" : "order_by",
                   .type = List(NonNull(builder.Type(view.TypeName("order_by")))),
                   .description = "sort the rows by one or more columns",
                   .binding = input(ListArgument::kOrderBy)});
  }
  if (view.has_type) {
    out.push_back({.name = "where",
                   .type = builder.Type(view.TypeName("bool_exp")),
                   .description = "filter the rows returned",
                   .binding = input(ListArgument::kWhere)});
  }
  return out;
}

std::vector<InputValueSpec> FunctionArguments(RoleBuilder& builder, const FunctionUse& function,
                                              const std::string& type_name,
                                              std::string_view description) {
  if (!function.HasClientArguments()) return {};
  if (builder.Claim(type_name)) {
    const TypeHandle handle = builder.types().AddInputObject(type_name);
    for (size_t i = 0; i < function.binding.arguments.size(); ++i) {
      const FunctionArgumentBinding& argument = function.binding.arguments[i];
      if (argument.kind != FunctionArgumentBinding::Kind::kClient) continue;
      builder.types().AddInputField(
          handle, {.name = argument.graphql_name,
                   .type = ScalarType(builder, function.scalars[i]),
                   .binding = builder.Input(FunctionArgumentInput{
                       .graphql_name = argument.graphql_name, .type = argument.type})});
    }
  }
  const TypeRef type = builder.Type(type_name);
  // Specs hold views: the text lives as long as the builder.
  return {{.name = "args",
           .type = function.AllHaveDefaults() ? type : NonNull(type),
           .description = builder.Keep(description),
           .binding = builder.Input(ListArgumentInput{.argument = ListArgument::kFunctionArgs})}};
}

void AddTableRoots(RoleBuilder& builder, const TableView& view) {
  TableRootsBuilder(builder, view).Build();
}

void AddFunctionRoots(RoleBuilder& builder, const TrackedFunction& function) {
  if (!function.VisibleTo(builder.role(), builder.options())) return;
  const TableView* view = builder.View(*function.returns);
  if (view == nullptr) return;
  const SourceNaming& naming = *function.source->naming;
  const std::string name = SqlName(function.metadata->function);
  const bool is_volatile = function.use.catalog->volatility == 'v';
  const std::string description =
      !function.metadata->comment.empty()
          ? function.metadata->comment
          : StrCat("execute ", is_volatile ? "VOLATILE " : "", "function \"", name,
                   "\" which returns \"", SqlName(function.returns->name), "\"");
  std::vector<InputValueSpec> arguments =
      FunctionArguments(builder, function.use, naming.Type(function.identifier, "args"),
                        StrCat("input parameters for function \"", name, "\""));
  const bool set = function.use.binding.returns_set;
  if (set) {
    for (InputValueSpec& argument : ListArguments(builder, *view)) {
      arguments.push_back(std::move(argument));
    }
  }
  TableRootField binding{
      .shape = set ? TableRootField::Shape::kArray : TableRootField::Shape::kObject,
      .table = view->binding,
      .function = builder.Bind(function.use)};
  const auto add = [&](const FieldSpec& field) {
    if (function.mutation) {
      builder.RootOf(Root::kMutation, naming).Add(field);
      return;
    }
    builder.RootOf(Root::kQuery, naming).Add(field);
    builder.RootOf(Root::kSubscription, naming).Add(field);
  };
  const auto& config = function.metadata->custom_root_fields;
  if (view->has_type) {
    const RootText text = TextOf(config, "function", naming, function.identifier, description);
    const TypeRef row = builder.Type(function.returns->type_name);
    add({.name = text.name,
         .type = set ? NonNull(List(NonNull(row))) : row,
         .description = text.description,
         .arguments = arguments,
         .binding = builder.Field(binding)});
  }
  if (!set || function.mutation || !view->permission->allow_aggregations) return;
  binding.shape = TableRootField::Shape::kAggregate;
  const RootText text = TextOf(
      config, "function_aggregate", naming, function.identifier.Then("aggregate"),
      StrCat("execute function \"", name, "\" and query aggregates on result of table type \"",
             SqlName(function.returns->name), "\""));
  add({.name = text.name,
       .type = NonNull(builder.Type(view->TypeName("aggregate"))),
       .description = text.description,
       .arguments = std::move(arguments),
       .binding = builder.Field(binding)});
}

}  // namespace joinery::planner
