#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/strings.h"
#include "graphql/parser.h"
#include "json/value.h"
#include "planner/consistency/build_graph.h"
#include "planner/planning/planning.h"
#include "planner/resolve/resolver.h"
#include "planner/schema/role_schema.h"
#include "planner/schema/test_world.h"
#include "tests/golden/describe.h"

// What becomes of an operation on the graph of world/: in cases/ the plan with the SQL, document or
// call of each fetch; in failing/ the error of a role that names what it may not see.
//
// The head of a case, lines that begin with `# `, says who asks and what it may cost, and is never
// rewritten. `./joinery golden --update` rewrites the outputs: JOINERY_GOLDEN_OUT is this folder.
namespace joinery {
namespace {

namespace fs = std::filesystem;
using planner::testing::ReadFile;

const std::string kFolder = "tests/golden/";

struct Case {
  std::string query;
  std::string role = "admin";
  std::string variables = "{}";
  std::optional<std::map<std::string, int>> fetches;  // By source; none: the head does not say.
};

// `postgres/shop=1 action/quote=2`
std::map<std::string, int> ReadFetches(const std::string& text) {
  std::map<std::string, int> out;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    out[word.substr(0, equals)] = std::stoi(word.substr(equals + 1));
  }
  return out;
}

Case ReadCase(const std::string& stem) {
  Case out;
  out.query = ReadFile(StrCat(kFolder, stem, ".graphql"));
  std::string_view rest = out.query;
  while (rest.starts_with("# ")) {
    const std::string_view line = rest.substr(2, rest.find('\n') - 2);
    rest.remove_prefix(line.size() + 3);
    if (line.starts_with("role: ")) out.role = line.substr(6);
    if (line.starts_with("variables: ")) out.variables = line.substr(11);
    if (line.starts_with("fetches: ")) out.fetches = ReadFetches(std::string(line.substr(9)));
  }
  return out;
}

constexpr planner::SchemaOptions kOptions = {.remote_schema_permissions = true};

const planner::Graph& Graph() {
  static const std::shared_ptr<const planner::Graph> graph = [] {
    const auto texts = planner::testing::ReadWorldTexts(StrCat(kFolder, "world"));
    const planner::GraphResult built =
        planner::BuildGraph(*planner::testing::MakeWorld(*texts), kOptions);
    EXPECT_TRUE(built.inconsistent.empty()) << built.inconsistent.front().reason;
    return built.graph;
  }();
  return *graph;
}

IssueOr<std::shared_ptr<const plan::Plan>> PlanOf(const Case& given) {
  const auto schema = planner::BuildRoleSchema(Graph(), given.role, kOptions);
  const graphql::ParseResult parsed = graphql::ParseDocument(given.query);
  EXPECT_TRUE(parsed.ok()) << parsed.error.message;
  const auto operation =
      planner::Resolve(*schema, parsed.document, "", *json::Parse(given.variables));
  if (!operation.ok()) return operation.issue();
  return planner::MakePlan(*schema, *operation);
}

void CheckOutput(const std::string& file, const std::string& actual) {
  if (const char* folder = std::getenv("JOINERY_GOLDEN_OUT")) {
    std::ofstream(StrCat(folder, "/", file), std::ios::binary) << actual;
    return;
  }
  EXPECT_EQ(actual, ReadFile(kFolder + file)) << "accept it with: ./joinery golden --update";
}

std::vector<std::string> Stems(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(kFolder + folder)) {
    if (entry.path().extension() == ".graphql") out.push_back(entry.path().stem());
  }
  std::ranges::sort(out);
  return out;
}

class GoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenTest, PlansAsBeforeAtTheCostOfItsHead) {
  const std::string stem = StrCat("cases/", GetParam());
  const Case given = ReadCase(stem);
  const auto plan = PlanOf(given);
  ASSERT_TRUE(plan.ok()) << plan.issue().path << ": " << plan.issue().message;
  ASSERT_TRUE(given.fetches) << "the head has no line `# fetches: …`";
  EXPECT_EQ(FetchesBySource(**plan), *given.fetches);
  CheckOutput(StrCat(stem, ".plan"), Describe(**plan));
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenTest, testing::ValuesIn(Stems("cases")),
                         [](const auto& info) { return info.param; });

class GoldenFailingTest : public testing::TestWithParam<std::string> {};

TEST_P(GoldenFailingTest, IsRefusedForTheRoleAndForNoOtherReason) {
  const std::string stem = StrCat("failing/", GetParam());
  Case given = ReadCase(stem);
  ASSERT_NE(given.role, "admin");
  const auto refused = PlanOf(given);
  ASSERT_FALSE(refused.ok());
  const Issue& issue = refused.issue();
  CheckOutput(StrCat(stem, ".error"),
              StrCat(issue.code, " at ", issue.path, "\n", issue.message, "\n"));
  given.role = "admin";
  const auto plan = PlanOf(given);
  EXPECT_TRUE(plan.ok()) << "admin is refused too: " << plan.issue().message;
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenFailingTest, testing::ValuesIn(Stems("failing")),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace joinery
