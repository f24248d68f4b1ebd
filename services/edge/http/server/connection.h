#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "services/edge/http/server/output_queue.h"
#include "services/edge/http/server/readiness.h"
#include "services/edge/http/server/server.h"
#include "services/edge/http/server/transport.h"

namespace joinery::edge::http {

class Connection;
struct Worker;

using Clock = std::chrono::steady_clock;

// What a connection speaks. Owned by it; all calls on the loop thread.
class Protocol {
 public:
  virtual ~Protocol() = default;
  // Takes all of `bytes`, which die with the call.
  virtual void OnBytes(std::string_view bytes) = 0;
  // All output has gone to the socket after some of it had to wait.
  virtual void OnDrained() = 0;
  virtual void OnDeadline() = 0;
  // The server will stop: finish what is in flight, start nothing.
  virtual void OnServerDrain() = 0;
  // The connection is closed; called once, last.
  virtual void OnClosed() = 0;
};

// One accepted socket. Finds out what the client speaks, then moves bytes between socket and
// protocol. Deletes itself some time after Close. Loop thread only.
class Connection final : public ReadinessListener {
 public:
  Connection(Worker& worker, int fd, std::string remote_address, uint16_t remote_port);
  void Begin();

  Worker& worker() { return worker_; }
  OutputQueue& output() { return output_; }
  bool is_tls() const { return transport_.is_tls(); }
  bool closed() const { return closed_; }
  const std::string& remote_address() const { return remote_address_; }
  uint16_t remote_port() const { return remote_port_; }

  // Sends what is in output(); within OnBytes it waits for OnBytes to end, so that answers to
  // pipelined requests leave together.
  void Flush() {
    if (!in_read_) FlushNow();
  }
  void FlushNow();
  // Stops taking bytes from the socket, so that a fast sender is held back.
  void PauseReading() { reading_paused_ = true; }
  void ResumeReading();

  // OnDeadline is called about `timeout` from now; a later call replaces it.
  void SetDeadline(std::chrono::milliseconds timeout);
  void AdvanceDeadline(Clock::time_point to) { deadline_ = std::min(deadline_, to); }
  void ClearDeadline() { deadline_ = Clock::time_point::max(); }

  // Sends what is left, tells the client that nothing follows, and gives it a moment to hang up, so
  // that unread input does not destroy the answer on its way.
  void CloseAfterFlush();
  void Close();
  void Drain();
  void CheckDeadlines(Clock::time_point now);

  void OnReadable() override;
  void OnWritable() override;
  void Retain() override { ++references_; }
  void Release() override;

 private:
  friend struct Worker;
  ~Connection();

  void ReadAll();
  void Feed(std::string_view bytes);
  // Picks the protocol once enough bytes are there.
  void Detect(std::string_view bytes);
  void BeginLinger();

  Worker& worker_;
  Readiness readiness_;
  Transport transport_;
  OutputQueue output_;
  std::unique_ptr<Protocol> protocol_;
  std::string first_bytes_;  // Until the protocol is known.
  const std::string remote_address_;
  const uint16_t remote_port_;
  int references_ = 1;
  bool in_read_ = false;
  bool reading_paused_ = false;
  // A short read spares the one that would find nothing. If the client hung up right behind its
  // bytes, no event tells: the next tick looks.
  bool maybe_more_ = false;
  bool blocked_ = false;  // Output waits for the socket.
  bool closing_ = false;  // CloseAfterFlush was called.
  bool lingering_ = false;
  bool closed_ = false;
  bool draining_ = false;
  Clock::time_point deadline_ = Clock::time_point::max();
  Clock::time_point write_deadline_ = Clock::time_point::max();
  Connection* next_ = nullptr;  // The worker's list.
  Connection* previous_ = nullptr;
};

// What the connections of one server on one loop share. Loop thread only, but for `count`.
struct Worker {
  Worker(EventLoop& loop, const ServerOptions& options, const Handler& handler, SSL_CTX* ssl);

  void Add(Connection* connection);
  void Remove(Connection* connection);
  template <typename Visit>
  void ForEach(Visit visit) {
    for (Connection* c = first; c != nullptr;) {
      Connection* next = c->next_;
      visit(*c);
      c = next;
    }
  }
  // Called a few times a second: renews `now` and `date`, looks at deadlines.
  void Tick();

  EventLoop& loop;
  const ServerOptions& options;
  const Handler& handler;
  SSL_CTX* const ssl;  // Null: plain.
  std::chrono::milliseconds tick;
  Clock::time_point now;
  int64_t date_second = 0;
  std::string date;  // "Tue, 24 Nov 2026 03:10:00 GMT"
  std::unique_ptr<char[]> read_buffer;
  Connection* first = nullptr;
  bool draining = false;
  std::atomic<size_t> count{0};

  static constexpr size_t kReadBufferSize = 64 * 1024;
};

}  // namespace joinery::edge::http
