#include "connectors/postgres/errors.h"

#include <string>
#include <utility>

#include "base/strings.h"
#include "json/write.h"

namespace joinery::connectors::postgres {
namespace {

struct Told {
  std::string_view code;
  std::string message;
};

json::Value TextOrNull(const std::string& text) {
  return text.empty() ? json::Value::Null() : json::Value(text);
}

Told IntegrityViolation(const ServerError& error) {
  struct Prefix {
    std::string_view sqlstate;
    std::string_view code;
    std::string_view text;
  };
  static constexpr Prefix kPrefixes[] = {
      {"23001", "constraint-violation", "Can not delete or update due to data being referred. "},
      {"23502", "constraint-violation", "Not-NULL violation. "},
      {"23503", "constraint-violation", "Foreign key violation. "},
      {"23505", "constraint-violation", "Uniqueness violation. "},
      {"23514", "permission-error", "Check constraint violation. "},
      {"23P01", "constraint-violation", "Exclusion violation. "},
  };
  for (const Prefix& prefix : kPrefixes) {
    if (error.sqlstate == prefix.sqlstate) return {prefix.code, StrCat(prefix.text, error.message)};
  }
  return {"constraint-violation", error.message};
}

// An empty code: not one that users can do something about.
Told Classify(const ServerError& error) {
  const std::string_view state = error.sqlstate;
  if (state.starts_with("23")) return IntegrityViolation(error);
  // Escapes at the end of a pattern, and such that are no escape.
  if (state == "22025" || state == "22019") return {"bad-request", error.message};
  if (state.starts_with("22")) return {"data-exception", error.message};
  if (state == "42P10") {
    return {"constraint-error", "there is no unique or exclusion constraint on target column(s)"};
  }
  if (state == "42704") return {"constraint-error", error.message};
  return {};
}

}  // namespace

json::Value InternalError(std::string_view statement, bool prepared, const ServerError& error,
                          const Values& arguments) {
  json::Value detail = json::Value::Object();
  detail.Set("exec_status", "FatalError");
  detail.Set("hint", TextOrNull(error.hint));
  detail.Set("message", error.message);
  detail.Set("status_code", error.sqlstate);
  detail.Set("description", TextOrNull(error.description));
  json::Value texts = json::Value::Array();
  for (const auto& argument : arguments) {
    texts.Append(argument ? json::Value(*argument) : json::Value::Null());
  }
  json::Value internal = json::Value::Object();
  internal.Set("statement", statement);
  internal.Set("prepared", prepared);
  internal.Set("error", std::move(detail));
  internal.Set("arguments", std::move(texts));
  return internal;
}

plan::SourceError SourceErrorOf(const Statement& statement, const Values& arguments,
                                const ServerError& error) {
  plan::SourceError told;
  Told users = Classify(error);
  if (!users.code.empty()) {
    told.code = users.code;
    told.message = std::move(users.message);
    return told;
  }
  told.message = "database query error";
  told.internal = json::ToString(InternalError(statement.sql, /*prepared=*/true, error, arguments));
  return told;
}

}  // namespace joinery::connectors::postgres
