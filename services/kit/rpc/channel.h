#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/call_context.h"
#include "base/event_loop.h"
#include "base/status.h"

// gRPC calls on event loops: the wire is standard gRPC over HTTP/2, but a call costs no change of
// thread (docs/adr/2026-11-25-grpc-on-event-loops.md).
namespace joinery::kit::rpc {

// Lets the receiver of a call's messages hold the server back. Loop thread only.
class CallFlow : public std::enable_shared_from_this<CallFlow> {
 public:
  virtual ~CallFlow() = default;
  // Few messages come after it, until Resume.
  virtual void Pause() = 0;
  virtual void Resume() = 0;
};

// What comes back of a call. Functions run on the call's loop; OnDone is the last, and comes once.
class CallSink {
 public:
  virtual ~CallSink() = default;
  virtual void OnMessage(std::string message, CallFlow& flow) = 0;
  virtual void OnDone(Status status) = 0;
};

struct OutgoingCall {
  std::string_view path;  // "/package.Service/Method"; outlives the call.
  std::string message;    // Framed (framing.h).
  // May be sent again, to another address, when the connection is lost before anything came back.
  bool repeatable = false;
};

// A service's addresses, called in turn. Each loop has its own connections, made when it first
// calls: one per address, kept alive, made again when lost, with pauses that grow to a second and
// that a call without any connection cuts short. Names are looked up again when a connection is
// lost and every half minute, so new replicas are found. Thread-safe; loops stop before it is
// destroyed.
class Channel {
 public:
  // `target`: "host:port", "dns:///host:port", or "ipv4:a:p,b:p".
  explicit Channel(std::string target);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  // On `loop`'s thread. Never calls `sink` before it returns. The deadline travels along; a call
  // beyond it, or cancelled, is told to the server and ends at once. Unavailable: no address can be
  // reached, or the connection was lost.
  void Call(const CallContext& context, EventLoop& loop, OutgoingCall call,
            std::shared_ptr<CallSink> sink);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace joinery::kit::rpc
