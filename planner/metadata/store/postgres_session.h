#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace joinery::metadata {

// One connection to a Postgres database for the few statements of a control plane: opened when it
// is first needed, opened anew after it was lost. Blocking, every wait has a deadline. Not
// thread-safe.
//
// Status codes: Unavailable: the server refuses connections or is starting or stopping. NotFound:
// a table or schema is missing. PermissionDenied: the role may not. DeadlineExceeded: no answer in
// time. DataLoss: the connection was lost during a commit, so nobody knows whether it happened.
// Unknown: anything else. Messages hold no password.
class PostgresSession {
 public:
  using Row = std::vector<std::optional<std::string>>;  // Columns as text; nullopt: NULL.
  using Rows = std::vector<Row>;
  using Parameters = std::vector<std::string>;

  // A URL or keywords, as libpq takes them.
  explicit PostgresSession(const std::string& connection);
  ~PostgresSession();
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  // Runs statements of one transaction.
  class Transaction {
   public:
    virtual ~Transaction() = default;
    virtual StatusOr<Rows> Run(const std::string& sql, const Parameters& parameters = {}) = 0;
  };
  // Commits when `work` returns OK, rolls back otherwise. `patience` is for all of it.
  Status Transact(std::chrono::milliseconds patience,
                  const std::function<Status(Transaction&)>& work);

  // One statement, which may be repeated: it is, when the connection turns out to be lost.
  StatusOr<Rows> Read(std::chrono::milliseconds patience, const std::string& sql,
                      const Parameters& parameters = {});

  // Waits for a notification of `channel`, listening first when it does not yet. True: there was
  // one.
  StatusOr<bool> AwaitNotification(const std::string& channel, std::chrono::milliseconds patience);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace joinery::metadata
