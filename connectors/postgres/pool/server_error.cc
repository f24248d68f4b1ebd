#include "connectors/postgres/pool/server_error.h"

#include <string_view>

#include "base/strings.h"

namespace joinery::connectors::postgres {
namespace {

std::string Field(const PGresult& result, int code) {
  const char* text = PQresultErrorField(&result, code);
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

ServerError ServerErrorOf(const PGresult& result) {
  ServerError error{Field(result, PG_DIAG_SQLSTATE), Field(result, PG_DIAG_MESSAGE_PRIMARY),
                    Field(result, PG_DIAG_MESSAGE_DETAIL), Field(result, PG_DIAG_MESSAGE_HINT)};
  if (error.message.empty()) error.message = OneLine(PQresultErrorMessage(&result));
  return error;
}

bool EndsSession(const ServerError& error) {
  const std::string_view state = error.sqlstate;
  return state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03" ||
         state == "57P05" || state == "25P03";
}

std::string OneLine(const char* libpq_message) {
  std::string text(Trim(libpq_message == nullptr ? std::string_view() : libpq_message));
  return ReplaceAll(text, "\n", " ");
}

}  // namespace joinery::connectors::postgres
