#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "connectors/postgres/sql/compile.h"
#include "graphql/parser.h"
#include "json/value.h"
#include "planner/consistency/build_graph.h"
#include "planner/planning/planning.h"
#include "planner/resolve/resolver.h"
#include "planner/schema/role_schema.h"
#include "planner/schema/test_world.h"

// What becomes of an operation: its fetches, and the SQL or document of each. A change shows in the golden
// file's diff; JOINERY_GOLDEN_OUT=<folder> writes the files anew there.
namespace joinery {
namespace {

namespace fs = std::filesystem;
using planner::testing::ReadFile;

const std::string kFolder = "tests/golden/";

struct Case {
  std::string query;
  std::string role = "admin";
  std::string variables = "{}";
};

// The first lines may say `# role: …` and `# variables: …`.
Case ReadCase(const std::string& name) {
  Case out;
  out.query = ReadFile(StrCat(kFolder, "cases/", name, ".graphql"));
  std::string_view rest = out.query;
  while (rest.starts_with("# ")) {
    const std::string_view line = rest.substr(2, rest.find('\n') - 2);
    rest.remove_prefix(line.size() + 3);
    if (line.starts_with("role: ")) out.role = line.substr(6);
    if (line.starts_with("variables: ")) out.variables = line.substr(11);
  }
  return out;
}

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
  std::string out;
  for (const plan::GraphqlRoot& root : fragment.roots) {
    out.append(root.batch ? "per key: " : "once: ");
    for (const plan::TextPiece& piece : root.text) {
      out.append(piece.kind == plan::TextPiece::Kind::kText ? piece.text
                                                            : StrCat("<key ", piece.index, ">"));
    }
    out.push_back('\n');
  }
  for (const auto& variable : fragment.variables) {
    StrAppend(out, "  $", variable.name, ": ", variable.type, " = parameter ", variable.parameter, "\n");
  }
  return out;
}

std::string Describe(const plan::Plan& plan) {
  std::string out;
  for (size_t f = 0; f < plan.fetches.size(); ++f) {
    const plan::Fetch& fetch = plan.fetches[f];
    StrAppend(out, "fetch ", f, ": ", plan::SourceKindName(fetch.source.kind), " ", fetch.source.name);
    if (fetch.parent) StrAppend(out, ", with keys of fetch ", *fetch.parent);
    if (fetch.after) StrAppend(out, ", after fetch ", *fetch.after);
    out.push_back('\n');
    for (size_t p = 0; p < fetch.parameters.size(); ++p) {
      StrAppend(out, "  parameter ", p, ": ", SourceOf(fetch.parameters[p]), "\n");
    }
    const auto& body = fetch.fragment->body;
    if (std::holds_alternative<plan::RelationalFragment>(body)) out.append(SqlOf(*fetch.fragment));
    if (const auto* remote = std::get_if<plan::GraphqlFragment>(&body)) out.append(DocumentOf(*remote));
  }
  return out;
}

std::string Outcome(const Case& given) {
  const auto texts = planner::testing::ReadWorldTexts(StrCat(kFolder, "world"));
  const auto world = planner::testing::MakeWorld(*texts);
  const planner::SchemaOptions options;
  const planner::GraphResult built = planner::BuildGraph(*world, options);
  EXPECT_TRUE(built.inconsistent.empty()) << built.inconsistent.front().reason;
  const auto schema = planner::BuildRoleSchema(*built.graph, given.role, options);
  const graphql::ParseResult parsed = graphql::ParseDocument(given.query);
  EXPECT_TRUE(parsed.ok()) << parsed.error.message;
  const auto operation =
      planner::Resolve(*schema, parsed.document, "", *json::Parse(given.variables));
  if (!operation.ok()) return StrCat(operation.issue().path, ": ", operation.issue().message, "\n");
  const auto plan = planner::MakePlan(*schema, *operation);
  if (!plan.ok()) return StrCat(plan.issue().path, ": ", plan.issue().message, "\n");
  return Describe(**plan);
}

std::vector<std::string> Names() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(StrCat(kFolder, "cases"))) {
    if (entry.path().extension() == ".graphql") out.push_back(entry.path().stem());
  }
  std::ranges::sort(out);
  return out;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, PlansAsBefore) {
  const std::string actual = Outcome(ReadCase(GetParam()));
  if (const char* folder = std::getenv("JOINERY_GOLDEN_OUT")) {
    std::ofstream(StrCat(folder, "/", GetParam(), ".golden")) << actual;
  }
  EXPECT_EQ(actual, ReadFile(StrCat(kFolder, "cases/", GetParam(), ".golden")));
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenTest, testing::ValuesIn(Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace joinery
