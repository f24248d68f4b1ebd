#pragma once

#include <memory>

namespace boost::asio {
class io_context;
}

namespace joinery::edge::http {

// Who wants to know about a descriptor. Counted: each armed wait keeps it alive until it has ended.
class ReadinessListener {
 public:
  virtual void OnReadable() = 0;
  virtual void OnWritable() = 0;
  virtual void Retain() = 0;
  virtual void Release() = 0;

 protected:
  ~ReadinessListener() = default;
};

// Tells when a non-blocking descriptor can be read or written, once per Arm. Whoever is told reads
// (or writes) until the system has no more, then arms again. Owns the descriptor. Loop thread only.
//
// Arming again costs no system call: the wait joins Asio's edge-triggered reactor as an operation
// that reports the descriptor drained, where Asio's own async_wait re-registers it and its
// async_read tries to read first, in vain. This uses classes of Asio's `detail` as Boost 1.74 has
// them; with another Boost, readiness.cc falls back to async_wait.
class Readiness {
 public:
  Readiness(boost::asio::io_context& context, int fd, ReadinessListener* listener);
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  int fd() const { return fd_; }
  // Nothing happens if the same wait is armed already or the descriptor is closed.
  void ArmRead();
  void ArmWrite();
  bool read_armed() const { return read_armed_; }
  bool write_armed() const { return write_armed_; }
  // Closes the descriptor. The listener hears no more; waits end soon.
  void Close();

 private:
  class Reactor;

  void ReadEnded();
  void WriteEnded();

  std::unique_ptr<Reactor> reactor_;
  ReadinessListener* const listener_;
  int fd_;
  bool read_armed_ = false;
  bool write_armed_ = false;
};

}  // namespace joinery::edge::http
