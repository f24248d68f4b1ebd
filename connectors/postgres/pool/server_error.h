#pragma once

#include <libpq-fe.h>

#include <cstddef>
#include <memory>
#include <string>

namespace joinery::connectors::postgres {

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ResultDeleter>;

struct ConnectionDeleter {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionPtr = std::unique_ptr<PGconn, ConnectionDeleter>;

// What the server said about a statement that failed.
struct ServerError {
  std::string sqlstate;  // Five characters; empty when libpq itself gave up.
  std::string message;
  std::string description;  // DETAIL.
  std::string hint;
  size_t statement = 0;  // Of a program: the one that failed.
};

ServerError ServerErrorOf(const PGresult& result);

// The session is over whatever its socket says: shutdown, termination, recovery, connection faults.
bool EndsSession(const ServerError& error);

// libpq's text in one line, without the trailing line end.
std::string OneLine(const char* libpq_message);

}  // namespace joinery::connectors::postgres
