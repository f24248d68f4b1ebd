#include "connectors/postgres/admin/admin.h"

#include <openssl/evp.h>

#include <string>
#include <utility>

#include "base/strings.h"
#include "connectors/postgres/errors.h"
#include "connectors/postgres/introspect/introspect.h"
#include "connectors/postgres/pool/session.h"
#include "plan/codec.h"

namespace joinery::connectors::postgres {
namespace {

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

json::Value Refusal(std::string_view sql, const PGresult& result) {
  json::Value answer = json::Value::Object();
  answer.Set("error", InternalError(sql, /*prepared=*/false, ServerErrorOf(result), {}));
  return answer;
}

json::Value Rows(const PGresult& result) {
  const int columns = PQnfields(&result);
  json::Value rows = json::Value::Array();
  json::Value names = json::Value::Array();
  for (int column = 0; column < columns; ++column) names.Append(PQfname(&result, column));
  rows.Append(std::move(names));
  for (int row = 0; row < PQntuples(&result); ++row) {
    json::Value fields = json::Value::Array();
    for (int column = 0; column < columns; ++column) {
      const bool null = PQgetisnull(&result, row, column) != 0;
      fields.Append(null ? json::Value("NULL") : json::Value(FieldText(result, row, column)));
    }
    rows.Append(std::move(fields));
  }
  return rows;
}

json::Value ResultOf(const PGresult& result) {
  const bool tuples = PQresultStatus(&result) == PGRES_TUPLES_OK;
  json::Value answer = json::Value::Object();
  answer.Set("result_type", tuples ? "TuplesOk" : "CommandOk");
  answer.Set("result", tuples ? Rows(result) : json::Value::Null());
  return answer;
}

bool Failed(const PGresult& result) { return PQresultStatus(&result) == PGRES_FATAL_ERROR; }

// Statements of the user may have ended the transaction themselves.
StatusOr<ResultPtr> Finish(const CallContext& context, PGconn* session, const char* statement) {
  if (PQtransactionStatus(session) == PQTRANS_IDLE) return ResultPtr();
  return RunStatements(context, session, statement);
}

}  // namespace

StatusOr<json::Value> Admin::Run(const CallContext& context, const plan::SourceConfig& source,
                                 const json::Value& command) {
  const std::string_view type = command.FindString("type").value_or("");
  if (type == "commit" || type == "rollback") {
    return End(context, command, type == "commit" ? "commit" : "rollback");
  }
  ASSIGN_OR_RETURN(const Settings settings, ReadSettings(source.name.name, source.definition));
  if (type == "ping") return Ping(context, settings);
  if (type == "run_sql") return RunSql(context, source, settings, command);
  return InvalidArgument(StrCat("a Postgres source knows no command \"", type, "\""));
}

StatusOr<json::Value> Admin::Ping(const CallContext& context, const Settings& settings) {
  ASSIGN_OR_RETURN(const ConnectionPtr session, OpenSession(context, settings));
  RETURN_IF_ERROR(RunQuery(context, session.get(), "select 1").status());
  json::Value answer = json::Value::Object();
  const char* version = PQparameterStatus(session.get(), "server_version");
  answer.Set("server_version", version == nullptr ? "" : version);
  return answer;
}

StatusOr<json::Value> Admin::RunSql(const CallContext& context, const plan::SourceConfig& source,
                                    const Settings& settings, const json::Value& command) {
  const auto sql = command.FindString("sql");
  if (!sql) return InvalidArgument("run_sql: member \"sql\" is missing");
  ASSIGN_OR_RETURN(ConnectionPtr session, OpenSession(context, settings));
  const bool read_only = command.FindBool("read_only", false);
  RETURN_IF_ERROR(
      RunQuery(context, session.get(), read_only ? "begin read only" : "begin").status());
  ASSIGN_OR_RETURN(const ResultPtr result,
                   RunStatements(context, session.get(), std::string(*sql)));
  if (Failed(*result)) return Refusal(*sql, *result);
  json::Value answer = ResultOf(*result);
  if (command.FindBool("check", false)) {
    ASSIGN_OR_RETURN(const plan::DatabaseCatalog catalog,
                     ReadCatalog(context, session.get(), EnumTablesOf(source.definition)));
    answer.Set("catalog", Base64(plan::Encode(catalog)));
    answer.Set("token", held_.Hold(std::move(session)));
    return answer;
  }
  ASSIGN_OR_RETURN(const ResultPtr end, Finish(context, session.get(), "commit"));
  if (end != nullptr && Failed(*end)) return Refusal(*sql, *end);
  return answer;
}

StatusOr<json::Value> Admin::End(const CallContext& context, const json::Value& command,
                                 const char* statement) {
  const ConnectionPtr session = held_.Take(std::string(command.FindString("token").value_or("")));
  if (session == nullptr) return NotFound("the transaction is unknown, or was rolled back");
  ASSIGN_OR_RETURN(const ResultPtr result, Finish(context, session.get(), statement));
  if (result != nullptr && Failed(*result)) return Refusal(statement, *result);
  return json::Value::Object();
}

}  // namespace joinery::connectors::postgres
