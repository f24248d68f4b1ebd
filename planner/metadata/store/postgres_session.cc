#include "planner/metadata/store/postgres_session.h"

#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <pqxx/pqxx>
#include <string_view>
#include <thread>

#include "base/strings.h"

#if defined(__SANITIZE_ADDRESS__)
// libpqxx 6.4 loses the result of a statement whose connection broke: it asks the connection for
// its encoding, which throws, before anything owns the result.
extern "C" const char* __lsan_default_suppressions() { return "leak:libpqxx\n"; }
#endif

namespace joinery::metadata {
namespace {

using Clock = std::chrono::steady_clock;

// libpq's smallest.
constexpr std::string_view kConnectSeconds = "2";

std::string WithParameter(const std::string& connection, std::string_view name,
                          std::string_view value) {
  if (connection.find(StrCat(name, "=")) != std::string::npos) return connection;
  if (connection.find("://") == std::string::npos) return StrCat(connection, " ", name, "=", value);
  return StrCat(connection, connection.find('?') == std::string::npos ? "?" : "&", name, "=",
                value);
}

// Ends the waits of libpq, which has no deadlines once it is connected: after the deadline the
// socket is shut, and the wait ends with a lost connection.
class Watchdog {
 public:
  Watchdog() : thread_([this] { Run(); }) {}
  ~Watchdog() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void Arm(int socket, Clock::time_point deadline) {
    {
      std::lock_guard lock(mutex_);
      socket_ = socket;
      deadline_ = deadline;
      fired_ = false;
    }
    wake_.notify_all();
  }
  // True: the deadline passed.
  bool Disarm() {
    std::lock_guard lock(mutex_);
    socket_ = -1;
    return fired_;
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (socket_ < 0) {
        wake_.wait(lock);
      } else if (Clock::now() < deadline_) {
        wake_.wait_until(lock, deadline_);
      } else {
        shutdown(socket_, SHUT_RDWR);
        fired_ = true;
        socket_ = -1;
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  int socket_ = -1;
  Clock::time_point deadline_;
  bool fired_ = false;
  bool stopping_ = false;
  std::thread thread_;  // Last: uses the rest.
};

// libpq tells how a connection failed by its text only; it is not translated, for the process sets
// no locale.
bool SaysDown(std::string_view message) {
  for (const std::string_view sign :
       {"Connection refused", "No such file or directory", "the database system is ",
        "terminating connection due to administrator command"}) {
    if (message.find(sign) != std::string_view::npos) return true;
  }
  return false;
}

std::string OneLine(std::string_view message) {
  std::string out = ReplaceAll(Trim(message), "\n", " ");
  return ReplaceAll(out, "\t", " ");
}

// Of the exception that is being handled.
Status StatusOfException() {
  try {
    throw;
  } catch (const pqxx::undefined_table& error) {
    return NotFound(OneLine(error.what()));
  } catch (const pqxx::insufficient_privilege& error) {
    return MakeStatus(StatusCode::kPermissionDenied, OneLine(error.what()));
  } catch (const pqxx::in_doubt_error& error) {
    return MakeStatus(StatusCode::kDataLoss, OneLine(error.what()));
  } catch (const pqxx::sql_error& error) {
    if (error.sqlstate() == "3F000") return NotFound(OneLine(error.what()));
    if (error.sqlstate().starts_with("57P")) return Unavailable(OneLine(error.what()));
    return MakeStatus(StatusCode::kUnknown, OneLine(error.what()));
  } catch (const std::exception& error) {
    const std::string message = OneLine(error.what());
    return SaysDown(message) ? Unavailable(message) : MakeStatus(StatusCode::kUnknown, message);
  }
}

PostgresSession::Rows RowsOf(const pqxx::result& result) {
  PostgresSession::Rows out;
  for (const auto& row : result) {
    PostgresSession::Row& columns = out.emplace_back();
    for (const auto& field : row) {
      if (field.is_null()) {
        columns.emplace_back(std::nullopt);
      } else {
        columns.emplace_back(std::in_place, field.c_str(), field.size());
      }
    }
  }
  return out;
}

pqxx::result Execute(pqxx::transaction_base& transaction, const std::string& sql,
                     const PostgresSession::Parameters& parameters) {
  if (parameters.empty()) return transaction.exec(sql);
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters));
}

class Listener final : public pqxx::notification_receiver {
 public:
  Listener(pqxx::connection_base& connection, const std::string& channel)
      : notification_receiver(connection, channel) {}
  void operator()(const std::string&, int) override { heard_ = true; }
  bool Take() { return std::exchange(heard_, false); }

 private:
  bool heard_ = false;
};

class WorkTransaction final : public PostgresSession::Transaction {
 public:
  explicit WorkTransaction(pqxx::work& work) : work_(work) {}
  StatusOr<PostgresSession::Rows> Run(const std::string& sql,
                                      const PostgresSession::Parameters& parameters) override {
    try {
      return RowsOf(Execute(work_, sql, parameters));
    } catch (...) {
      return StatusOfException();
    }
  }

 private:
  pqxx::work& work_;
};

}  // namespace

class PostgresSession::Impl {
 public:
  explicit Impl(const std::string& connection)
      : options_(WithParameter(WithParameter(connection, "connect_timeout", kConnectSeconds),
                               "application_name", "joinery-metadata")) {}

  ~Impl() { Close(); }

  // Runs `work` on the open connection. What it throws becomes a Status, and a connection that was
  // lost is let go.
  template <typename Work>
  Status Guarded(std::chrono::milliseconds patience, Work work) {
    const Clock::time_point deadline = Clock::now() + patience;
    try {
      if (connection_ == nullptr) connection_ = std::make_unique<pqxx::connection>(options_);
      watchdog_.Arm(connection_->sock(), deadline);
      const Status status = work(*connection_);
      if (watchdog_.Disarm()) return TimedOut(status);
      if (!connection_->is_open()) Close();
      return status;
    } catch (...) {
      const Status status = StatusOfException();
      const bool late = watchdog_.Disarm();
      if (connection_ == nullptr || !connection_->is_open() || late ||
          status.code() != StatusCode::kNotFound) {
        Close();
      }
      return late ? TimedOut(status) : status;
    }
  }

  bool open() const { return connection_ != nullptr; }

  StatusOr<bool> Await(const std::string& channel, std::chrono::milliseconds patience) {
    bool heard = false;
    const auto wait = [&](pqxx::connection& connection) {
      if (listener_ == nullptr) {
        listener_ = std::make_unique<Listener>(connection, channel);
        heard = true;  // What came before was missed.
        return OkStatus();
      }
      const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(patience).count();
      connection.await_notification(static_cast<long>(micros / 1'000'000),
                                    static_cast<long>(micros % 1'000'000));
      heard = listener_->Take();
      return OkStatus();
    };
    RETURN_IF_ERROR(Guarded(patience + std::chrono::seconds(2), wait));
    return heard;
  }

 private:
  Status TimedOut(const Status& cause) {
    Close();
    if (cause.code() == StatusCode::kDataLoss) return cause;
    return DeadlineExceeded("the database does not answer");
  }

  void Close() {
    listener_.reset();
    connection_.reset();
  }

  const std::string options_;
  Watchdog watchdog_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<Listener> listener_;
};

PostgresSession::PostgresSession(const std::string& connection)
    : impl_(std::make_unique<Impl>(connection)) {}

PostgresSession::~PostgresSession() = default;

Status PostgresSession::Transact(std::chrono::milliseconds patience,
                                 const std::function<Status(Transaction&)>& work) {
  return impl_->Guarded(patience, [&](pqxx::connection& connection) {
    pqxx::work transaction(connection);
    WorkTransaction statements(transaction);
    const Status status = work(statements);
    if (!status.ok()) return status;
    try {
      transaction.commit();
    } catch (const pqxx::broken_connection& error) {
      return MakeStatus(StatusCode::kDataLoss, OneLine(error.what()));
    }
    return OkStatus();
  });
}

StatusOr<PostgresSession::Rows> PostgresSession::Read(std::chrono::milliseconds patience,
                                                      const std::string& sql,
                                                      const Parameters& parameters) {
  Rows rows;
  const auto read = [&](pqxx::connection& connection) {
    pqxx::nontransaction statement(connection);
    rows = RowsOf(Execute(statement, sql, parameters));
    return OkStatus();
  };
  const bool was_open = impl_->open();
  Status status = impl_->Guarded(patience, read);
  // A connection that idled may have gone with a server that is back by now.
  if (was_open && !impl_->open() && status.code() != StatusCode::kDeadlineExceeded) {
    status = impl_->Guarded(patience, read);
  }
  if (!status.ok()) return status;
  return rows;
}

StatusOr<bool> PostgresSession::AwaitNotification(const std::string& channel,
                                                  std::chrono::milliseconds patience) {
  return impl_->Await(channel, patience);
}

}  // namespace joinery::metadata
