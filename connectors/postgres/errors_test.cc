#include "connectors/postgres/errors.h"

#include <gtest/gtest.h>

#include <string>

namespace joinery::connectors::postgres {
namespace {

TEST(ErrorsTest, SpeaksOfConstraintsAndData) {
  struct Case {
    const char* sqlstate;
    const char* code;
    const char* message;
  };
  const Case cases[] = {
      {"23505", "constraint-violation", "Uniqueness violation. text"},
      {"23503", "constraint-violation", "Foreign key violation. text"},
      {"23502", "constraint-violation", "Not-NULL violation. text"},
      {"23P01", "constraint-violation", "Exclusion violation. text"},
      {"23001", "constraint-violation",
       "Can not delete or update due to data being referred. text"},
      {"23000", "constraint-violation", "text"},
      {"23514", "permission-error", "Check constraint violation. text"},
      {"22P02", "data-exception", "text"},
      {"22012", "data-exception", "text"},
      {"22025", "bad-request", "text"},
      {"42P10", "constraint-error",
       "there is no unique or exclusion constraint on target column(s)"},
      {"42704", "constraint-error", "text"},
      {"42P01", "unexpected", "database query error"},
      {"57014", "unexpected", "database query error"},
      {"P0001", "unexpected", "database query error"},
  };
  const Statement statement{.id = "i", .sql = "select 1"};
  for (const Case& c : cases) {
    const plan::SourceError error = SourceErrorOf(statement, {}, {c.sqlstate, "text", "", ""});
    EXPECT_EQ(error.code, c.code) << c.sqlstate;
    EXPECT_EQ(error.message, c.message) << c.sqlstate;
    EXPECT_EQ(error.hasura_path, "$");
    EXPECT_EQ(error.internal.empty(), std::string(c.code) != "unexpected") << c.sqlstate;
    EXPECT_FALSE(error.root.has_value());
  }
}

TEST(ErrorsTest, TellsAdminsEverything) {
  const Statement statement{.id = "i", .sql = "select $1"};
  const plan::SourceError error =
      SourceErrorOf(statement, {{"7"}, std::nullopt}, {"42P01", "no table", "more", "try"});
  EXPECT_EQ(error.internal,
            R"({"statement":"select $1","prepared":true,"error":{"exec_status":"FatalError",)"
            R"("hint":"try","message":"no table","status_code":"42P01","description":"more"},)"
            R"("arguments":["7",null]})");
}

}  // namespace
}  // namespace joinery::connectors::postgres
