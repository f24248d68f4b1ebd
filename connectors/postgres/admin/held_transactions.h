#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "connectors/postgres/pool/server_error.h"

namespace joinery::connectors::postgres {

// Sessions with an open transaction that wait for a decision, by token. What nobody asks for within
// `patience` is rolled back by ending its session. Thread-safe.
class HeldTransactions {
 public:
  explicit HeldTransactions(std::chrono::milliseconds patience = std::chrono::seconds(30))
      : patience_(patience) {}
  ~HeldTransactions();
  HeldTransactions(const HeldTransactions&) = delete;
  HeldTransactions& operator=(const HeldTransactions&) = delete;

  // A token that nobody can guess.
  std::string Hold(ConnectionPtr session);
  // The session, now the caller's; nullptr: unknown or too late.
  ConnectionPtr Take(const std::string& token);
  size_t size() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Held {
    ConnectionPtr session;
    Clock::time_point expires;
  };

  void EndForgotten();

  const std::chrono::milliseconds patience_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, Held> held_;
  std::thread reaper_;  // Runs from the first Hold on.
  bool stopped_ = false;
};

}  // namespace joinery::connectors::postgres
