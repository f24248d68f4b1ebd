#include "services/joinery/cli/report.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/strings.h"

namespace joinery::cli {
namespace {

using Severity = plan::Finding::Severity;

Report Sample() {
  return {.verb = "validate",
          .subject = "metadata",
          .verdict = "1 error, 1 warning, 1 note",
          .findings = {{{.severity = Severity::kNote,
                         .rule = "FIELD_ADDED",
                         .message = "Query.authors was added.",
                         .object = "Query.authors"},
                        {},
                        {"admin", "user"}},
                       {{.severity = Severity::kError,
                         .rule = "inconsistent-object",
                         .message = "table \"a<b>\" & others:\n  • \"x\" is gone",
                         .object = "table a<b> in source default",
                         .path = "$.sources[0].tables[3]"},
                        {"databases/default/tables/public_a.yaml", 12, 5},
                        {}},
                       {{.severity = Severity::kWarning,
                         .rule = "unknown-key",
                         .message = "what is \"colour\"?"},
                        {"actions.yaml", 0, 0},
                        {}}}};
}

std::string Golden(const std::string& name) {
  std::ifstream in(StrCat("services/joinery/cli/testdata/report.", name), std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

TEST(ReportTest, Forms) {
  for (const std::string name : {"human", "json", "sarif", "junit"}) {
    const auto form = ReadOutputForm(name);
    ASSERT_TRUE(form) << name;
    EXPECT_EQ(FormatReport(Sample(), *form), Golden(name)) << name;
  }
  EXPECT_FALSE(ReadOutputForm("xml"));
}

TEST(ReportTest, NothingFoundIsATestThatPassed) {
  EXPECT_EQ(FormatReport({.verb = "diff", .subject = "a and b", .verdict = "no changes"},
                         OutputForm::kJunit),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"1\" failures=\"0\">\n"
            "  <testsuite name=\"joinery metadata diff\" tests=\"1\" failures=\"0\">\n"
            "    <testcase classname=\"diff\" name=\"a and b\"/>\n  </testsuite>\n</testsuites>\n");
}

}  // namespace
}  // namespace joinery::cli
