#include "tests/golden/describe.h"

#include <set>

#include "base/strings.h"
#include "connectors/postgres/sql/compile.h"

namespace joinery {
namespace {

std::string SourceOf(const plan::ParameterSource& source) {
  std::string path = source.name;
  for (const json::PathStep& step : source.path) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      StrAppend(path, ".", *name);
    } else {
      StrAppend(path, "[", std::get<size_t>(step), "]");
    }
  }
  switch (source.kind) {
    case plan::ParameterSource::Kind::kConstant:
      return StrCat("constant ", source.constant);
    case plan::ParameterSource::Kind::kVariable:
      return StrCat("variable ", path);
    case plan::ParameterSource::Kind::kSession:
      return StrCat("session ", source.name);
    case plan::ParameterSource::Kind::kSessionObject:
      return "the session";
    case plan::ParameterSource::Kind::kRequestQuery:
      return "the document";
  }
  return "";
}

std::string SqlOf(const plan::Fragment& fragment) {
  const auto compiled = connectors::postgres::Compile(fragment, "MARK_");
  if (!compiled.ok()) return StrCat("error: ", MessageOf(compiled.status()), "\n");
  std::string out;
  for (const auto& statement : compiled->statements) {
    StrAppend(out, statement.text, "\n");
    for (size_t i = 0; i < statement.bindings.size(); ++i) {
      const auto& binding = statement.bindings[i];
      const bool keys = binding.kind == connectors::postgres::Binding::Kind::kKeys;
      StrAppend(out, "  $", i + 1, keys ? " = keys " : " = parameter ", binding.index,
                keys ? StrCat(".", binding.column) : "", "\n");
    }
  }
  return out;
}

std::string DocumentOf(const plan::GraphqlFragment& fragment) {
  const bool mutation = fragment.operation == plan::GraphqlFragment::Operation::kMutation;
  std::string out(mutation ? "mutation\n" : "query\n");
  for (const plan::GraphqlRoot& root : fragment.roots) {
    out.append(root.batch ? "  per key: " : "  once: ");
    for (const plan::TextPiece& piece : root.text) {
      const bool text = piece.kind == plan::TextPiece::Kind::kText;
      out.append(text ? piece.text : StrCat("<key ", piece.index, ">"));
    }
    out.push_back('\n');
  }
  for (const auto& variable : fragment.variables) {
    StrAppend(out, "  $", variable.name, ": ", variable.type, " = parameter ", variable.parameter,
              "\n");
  }
  return out;
}

std::string CallOf(const plan::ActionFragment& fragment) {
  std::string out = StrCat("call ", fragment.name, fragment.mutation ? ", a mutation\n" : "\n");
  for (const auto& input : fragment.inputs) {
    StrAppend(out, "  ", input.name, " =");
    for (const plan::TextPiece& piece : input.value) {
      switch (piece.kind) {
        case plan::TextPiece::Kind::kText:
          StrAppend(out, " ", piece.text);
          break;
        case plan::TextPiece::Kind::kKey:
          StrAppend(out, " key ", piece.index);
          break;
        case plan::TextPiece::Kind::kParameter:
          StrAppend(out, " parameter ", piece.index);
      }
    }
    out.push_back('\n');
  }
  return out;
}

std::string BodyOf(const plan::Fragment& fragment) {
  if (const auto* remote = std::get_if<plan::GraphqlFragment>(&fragment.body)) {
    return DocumentOf(*remote);
  }
  if (const auto* action = std::get_if<plan::ActionFragment>(&fragment.body)) {
    return CallOf(*action);
  }
  return SqlOf(fragment);
}

}  // namespace

std::string Describe(const plan::Plan& plan) {
  std::string out;
  for (size_t f = 0; f < plan.fetches.size(); ++f) {
    const plan::Fetch& fetch = plan.fetches[f];
    StrAppend(out, "fetch ", f, ": ", plan::SourceKindName(fetch.source.kind), " ",
              fetch.source.name);
    std::set<uint32_t> feeding;
    for (const plan::KeyInput& input : fetch.inputs) feeding.insert(input.fetch);
    for (const uint32_t feeder : feeding) {
      StrAppend(out, feeder == *feeding.begin() ? ", with keys of fetch " : " and ", feeder);
    }
    if (fetch.after) StrAppend(out, ", after fetch ", *fetch.after);
    out.push_back('\n');
    for (size_t p = 0; p < fetch.parameters.size(); ++p) {
      StrAppend(out, "  parameter ", p, ": ", SourceOf(fetch.parameters[p]), "\n");
    }
    out.append(BodyOf(*fetch.fragment));
  }
  return out;
}

std::map<std::string, int> FetchesBySource(const plan::Plan& plan) {
  std::map<std::string, int> out;
  for (const plan::Fetch& fetch : plan.fetches) {
    ++out[StrCat(plan::SourceKindName(fetch.source.kind), "/", fetch.source.name)];
  }
  return out;
}

}  // namespace joinery
