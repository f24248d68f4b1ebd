#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/event_loop.h"
#include "services/edge/http/server/body.h"
#include "services/edge/http/server/gzip.h"
#include "services/edge/http/server/request.h"
#include "services/edge/http/server/response_writer.h"

namespace joinery::edge::http {

// The head of an answer as a protocol writes it.
struct AnswerHead {
  int status = 200;
  HeaderSpan headers;
  bool gzip = false;               // `content-encoding: gzip`
  bool vary = false;               // `vary: accept-encoding`
  std::optional<uint64_t> length;  // Absent: streamed.
};

// The protocol side of an exchange. Called on the loop thread, for exchanges it has not detached.
class ResponseSink {
 public:
  virtual void WriteWhole(Exchange& exchange, const AnswerHead& head, Body body) = 0;
  virtual void WriteHead(Exchange& exchange, const AnswerHead& head) = 0;
  // False: more than the limit waits for the client; call on_drained once it is gone.
  virtual bool WriteChunk(Exchange& exchange, std::string chunk) = 0;
  virtual void WriteEnd(Exchange& exchange) = 0;
  virtual void Abort(Exchange& exchange) = 0;
  // No handle is left and the answer has not ended.
  virtual void Unanswered(Exchange& exchange) = 0;
  virtual std::unique_ptr<ByteStream> Upgrade(Exchange& exchange, HeaderSpan headers) = 0;

 protected:
  ~ResponseSink() = default;
};

// One request and the state of its answer. The protocol makes it and detaches it when done with it;
// it deletes itself once it is detached and no ResponseWriter is left.
class Exchange {
 public:
  enum class Phase { kReceiving, kWaiting, kStreaming, kEnded };

  Exchange(EventLoop& loop, ResponseSink* sink) : loop(loop), sink(sink) {}
  virtual ~Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void AddHandle() { handles_.fetch_add(1, std::memory_order_relaxed); }
  void DropHandle();
  bool has_handles() const { return handles_.load(std::memory_order_acquire) != 0; }

  // The protocol's last word. If the answer has not ended, it never will: on_close is called.
  void Detach();
  // Ready for another request. Only without handles.
  void Reset();

  Request request;
  std::string head;            // What the request's views point into.
  std::string remote_address;  // Likewise.
  EventLoop& loop;
  ResponseSink* sink;
  Phase phase = Phase::kReceiving;
  bool client_gone = false;
  std::function<void()> on_close;
  std::function<void()> on_drained;
  std::unique_ptr<GzipStream> gzip;

 private:
  void HandlesGone();

  std::atomic<int> handles_{0};
};

}  // namespace joinery::edge::http
