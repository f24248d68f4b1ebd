#include "connectors/postgres/pool/session.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <vector>

#include "base/strings.h"

namespace joinery::connectors::postgres {
namespace {

using Clock = CallContext::Clock;

// How soon a blocked thread notices that its call was cancelled.
constexpr std::chrono::milliseconds kLook{20};

void IgnoreNotice(void*, const PGresult*) {}

Status Ended(const CallContext& context) {
  if (context.cancelled()) return Cancelled("the call was cancelled");
  if (Clock::now() >= context.deadline) return DeadlineExceeded("the deadline passed");
  return OkStatus();
}

Status Unreachable(const Settings& settings, std::string_view why) {
  return Unavailable(
      StrCat("source \"", settings.source, "\": cannot connect to the database: ", why));
}

ConnectionPtr Start(const Settings& settings) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  const auto add = [&](const char* keyword, const char* value) {
    keywords.push_back(keyword);
    values.push_back(value);
  };
  for (const auto& [keyword, value] : settings.parameters) add(keyword.c_str(), value.c_str());
  add("client_encoding", "UTF8");
  add("fallback_application_name", "joinery");
  add(nullptr, nullptr);
  return ConnectionPtr(PQconnectStartParams(keywords.data(), values.data(), /*expand_dbname=*/1));
}

void WaitFor(PGconn* connection, short events, Clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  const auto wait = std::clamp(left, std::chrono::milliseconds(0), kLook);
  pollfd descriptor{PQsocket(connection), events, 0};
  poll(&descriptor, 1, static_cast<int>(wait.count()));
}

bool IsReady(PGconn* connection, short events) {
  pollfd descriptor{PQsocket(connection), events, 0};
  return poll(&descriptor, 1, 0) > 0;
}

Status FinishConnecting(const CallContext& context, const Settings& settings, PGconn* connection) {
  const Clock::time_point until = Clock::now() + settings.connect_timeout;
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED || PQstatus(connection) == CONNECTION_BAD) {
      return Unreachable(settings, OneLine(PQerrorMessage(connection)));
    }
    RETURN_IF_ERROR(Ended(context));
    if (Clock::now() >= until) return Unreachable(settings, "the server does not answer");
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    WaitFor(connection, events, std::min(until, context.deadline));
    if (IsReady(connection, events)) state = PQconnectPoll(connection);
  }
  return OkStatus();
}

bool Reports(PGconn* connection, const char* parameter, std::string_view prefix) {
  const char* value = PQparameterStatus(connection, parameter);
  return value != nullptr && std::string_view(value).starts_with(prefix);
}

// The server tells most of it at the start, so that a round trip is the exception.
std::string MissingSettings(const Settings& settings, PGconn* connection) {
  std::string sql;
  if (!Reports(connection, "DateStyle", "ISO")) StrAppend(sql, "set datestyle to iso;");
  if (!Reports(connection, "IntervalStyle", "postgres") ||
      Reports(connection, "IntervalStyle", "postgres_verbose")) {
    StrAppend(sql, "set intervalstyle to postgres;");
  }
  if (!Reports(connection, "standard_conforming_strings", "on")) {
    StrAppend(sql, "set standard_conforming_strings to on;");
  }
  if (settings.isolation_level != "read committed") {
    StrAppend(sql, "set default_transaction_isolation to '", settings.isolation_level, "';");
  }
  return sql;
}

void SendCancel(PGconn* connection) {
  PGcancel* cancel = PQgetCancel(connection);
  if (cancel == nullptr) return;
  char message[256];
  PQcancel(cancel, message, sizeof(message));
  PQfreeCancel(cancel);
}

Status Lost(PGconn* connection) {
  return Unavailable(
      StrCat("the connection to the database is gone: ", OneLine(PQerrorMessage(connection))));
}

// Waits until a result is there. When the call ends first, cancels once and gives the server some
// seconds to say so, for the session to be usable again.
Status WaitForResult(const CallContext& context, PGconn* connection, bool* cancelled) {
  Clock::time_point give_up = Clock::time_point::max();
  while (PQisBusy(connection) != 0) {
    const Status ended = Ended(context);
    if (!ended.ok() && !*cancelled) {
      *cancelled = true;
      give_up = Clock::now() + std::chrono::seconds(3);
      SendCancel(connection);
    }
    if (Clock::now() >= give_up) return ended;
    WaitFor(connection, POLLIN, Clock::time_point::max());
    if (PQconsumeInput(connection) == 0) return Lost(connection);
  }
  return OkStatus();
}

// Statements that want data over this connection get none.
void RefuseCopy(PGconn* connection, const PGresult& result) {
  if (PQresultStatus(&result) == PGRES_COPY_IN) {
    PQputCopyEnd(connection, "COPY FROM STDIN is not possible here");
    return;
  }
  char* buffer = nullptr;
  while (PQgetCopyData(connection, &buffer, /*async=*/0) > 0) PQfreemem(buffer);
}

bool IsCopy(const PGresult& result) {
  const ExecStatusType status = PQresultStatus(&result);
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

// The last result of what was sent.
StatusOr<ResultPtr> TakeResults(const CallContext& context, PGconn* connection) {
  ResultPtr last;
  bool cancelled = false;
  while (true) {
    RETURN_IF_ERROR(WaitForResult(context, connection, &cancelled));
    ResultPtr next(PQgetResult(connection));
    if (next == nullptr) break;
    if (IsCopy(*next)) RefuseCopy(connection, *next);
    last = std::move(next);
  }
  if (PQstatus(connection) == CONNECTION_BAD) return Lost(connection);
  if (cancelled) RETURN_IF_ERROR(Ended(context));
  if (last == nullptr) return Lost(connection);
  return last;
}

}  // namespace

StatusOr<ConnectionPtr> OpenSession(const CallContext& context, const Settings& settings) {
  RETURN_IF_ERROR(Ended(context));
  ConnectionPtr connection = Start(settings);
  if (connection == nullptr) return Unreachable(settings, "out of memory");
  RETURN_IF_ERROR(FinishConnecting(context, settings, connection.get()));
  PQsetNoticeReceiver(connection.get(), IgnoreNotice, nullptr);
  const std::string sql = MissingSettings(settings, connection.get());
  if (!sql.empty()) {
    const auto set = RunQuery(context, connection.get(), sql);
    if (!set.ok()) return Unreachable(settings, MessageOf(set.status()));
  }
  return connection;
}

StatusOr<ResultPtr> RunStatements(const CallContext& context, PGconn* connection,
                                  const std::string& sql) {
  RETURN_IF_ERROR(Ended(context));
  if (PQsendQuery(connection, sql.c_str()) == 0) return Lost(connection);
  return TakeResults(context, connection);
}

StatusOr<ResultPtr> RunStatement(const CallContext& context, PGconn* connection,
                                 const Statement& statement, const Values& values) {
  RETURN_IF_ERROR(Ended(context));
  std::vector<const char*> texts;
  for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
  std::vector<uint32_t> types = statement.parameter_types;
  types.resize(values.size(), 0);
  if (PQsendQueryParams(connection, statement.sql.c_str(), static_cast<int>(texts.size()),
                        types.data(), texts.data(), nullptr, nullptr, /*resultFormat=*/0) == 0) {
    return Lost(connection);
  }
  return TakeResults(context, connection);
}

StatusOr<ResultPtr> RunQuery(const CallContext& context, PGconn* connection,
                             const std::string& sql) {
  ASSIGN_OR_RETURN(ResultPtr result, RunStatements(context, connection, sql));
  if (PQresultStatus(result.get()) == PGRES_FATAL_ERROR) {
    return InvalidArgument(ServerErrorOf(*result).message);
  }
  return result;
}

std::string FieldText(const PGresult& result, int row, int column) {
  return {PQgetvalue(&result, row, column), static_cast<size_t>(PQgetlength(&result, row, column))};
}

}  // namespace joinery::connectors::postgres
