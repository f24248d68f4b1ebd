#include <algorithm>

#include "base/strings.h"
#include "planner/consistency/function_use.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

class TrackedFunctionBuilder {
 public:
  TrackedFunctionBuilder(const Graph& graph, const Source& source)
      : graph_(graph), source_(source) {}

  // Null: `reason` says why.
  std::unique_ptr<TrackedFunction> Build(const metadata::Function& metadata, std::string& reason) {
    const std::string name = SqlName(metadata.function);
    const auto candidates = source_.FindFunctions(metadata.function);
    if (candidates.empty()) {
      reason = StrCat("no such function exists: \"", name, "\"");
      return nullptr;
    }
    if (candidates.size() > 1) {
      reason =
          StrCat("function \"", name, "\" is overloaded. Overloaded functions are not supported");
      return nullptr;
    }
    const plan::CatalogFunction& function = *candidates.front();
    auto out = std::make_unique<TrackedFunction>();
    out->source = &source_;
    out->metadata = &metadata;
    Name(*out);
    std::vector<std::string> reasons;
    CheckShape(function, *out, reasons);
    const std::optional<size_t> session = Session(metadata, function, reasons);
    if (!reasons.empty()) {
      reason = BecauseOf(StrCat("the function \"", name, "\" cannot be tracked"), reasons);
      return nullptr;
    }
    out->returns = source_.FindTable(*function.returns_table);
    if (out->returns == nullptr) {
      reason = StrCat("table \"", SqlName(*function.returns_table), "\" is not tracked");
      return nullptr;
    }
    out->use = UseFunction(function, std::nullopt, session, graph_.options);
    return out;
  }

 private:
  static void Name(TrackedFunction& out) {
    const metadata::Function& metadata = *out.metadata;
    if (!metadata.custom_name.empty()) {
      out.identifier = Identifier::Custom(metadata.custom_name);
      return;
    }
    out.identifier = Identifier::FromDatabase(metadata.function.name);
    if (metadata.function.schema != "public") {
      out.identifier = out.identifier.Prefixed(Identifier::FromDatabase(metadata.function.schema));
    }
  }

  static void CheckShape(const plan::CatalogFunction& function, TrackedFunction& out,
                         std::vector<std::string>& reasons) {
    if (!IsGraphqlName(out.identifier.Snake())) {
      reasons.push_back("function name is not a legal GraphQL identifier");
    }
    if (function.variadic) {
      reasons.push_back("function with \"VARIADIC\" parameters are not supported");
    }
    if (function.returns_kind != plan::TypeKind::kComposite) {
      reasons.push_back("the function does not return a \"COMPOSITE\" type");
    }
    if (!function.returns_table) reasons.push_back("the function does not return a table");
    std::vector<std::string> bad;
    for (const plan::CatalogArgument& argument : function.arguments) {
      if (!argument.name.empty() && !IsGraphqlName(argument.name)) bad.push_back(argument.name);
    }
    if (!bad.empty()) {
      reasons.push_back(StrCat("the function arguments ", Join(bad, ","),
                               " are not in compliance with GraphQL spec"));
    }
    const std::string& exposed = out.metadata->exposed_as;
    out.mutation = exposed.empty() ? function.volatility == 'v' : exposed == "mutation";
    if (exposed == "mutation" && function.volatility != 'v') {
      reasons.push_back(
          "the function was requested to be exposed as a mutation, but is not marked VOLATILE. "
          "Maybe the function was given the wrong volatility when it was defined?");
    }
  }

  static std::optional<size_t> Session(const metadata::Function& metadata,
                                       const plan::CatalogFunction& function,
                                       std::vector<std::string>& reasons) {
    if (metadata.session_argument.empty()) return std::nullopt;
    const auto at = FindArgument(function, metadata.session_argument);
    const std::string given =
        StrCat("given session argument \"", metadata.session_argument, "\" is not ");
    if (!at) {
      reasons.push_back(StrCat(given, "the input argument of the function"));
    } else if (!IsJsonArgument(function.arguments[*at])) {
      reasons.push_back(StrCat(given, "of type json"));
    }
    return at;
  }

  const Graph& graph_;
  const Source& source_;
};

InconsistentObject::Member MemberOf(const Source& source, const metadata::Function& metadata) {
  return {.type = "function",
          .name = StrCat("function ", SqlName(metadata.function), " in source ", source.name),
          .definition = TableJson(metadata.function)};
}

}  // namespace

void AddFunctions(Graph& graph, Inconsistencies& problems) {
  for (const auto& source : graph.sources) {
    TrackedFunctionBuilder builder(graph, *source);
    for (const metadata::Function& metadata : source->metadata->functions) {
      std::string reason;
      std::unique_ptr<TrackedFunction> built = builder.Build(metadata, reason);
      if (built == nullptr) {
        problems.Add(MemberOf(*source, metadata),
                     StrCat("in function \"", SqlName(metadata.function), "\": ", reason));
      } else {
        built->roots = RootNamesOf(*built);
        source->functions.push_back(std::move(built));
      }
    }
  }
}

}  // namespace joinery::planner
