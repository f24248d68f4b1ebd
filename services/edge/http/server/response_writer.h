#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "services/edge/http/server/body.h"
#include "services/edge/http/server/request.h"

namespace joinery {
class EventLoop;
}

namespace joinery::edge::http {

class Exchange;

// A connection that a handler has taken over; both sides now speak something else than HTTP.
// Destroying it closes the connection. Loop thread only.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Must be called once. `on_bytes` gets what the client sends, also what came behind the request's
  // head; the view dies with the call. `on_closed` is called once when the connection is gone for
  // another reason than Close or destruction; nothing is called after it. Either may destroy the
  // stream. Neither is called inside Start.
  virtual void Start(std::function<void(std::string_view)> on_bytes,
                     std::function<void()> on_closed) = 0;
  // Sends, or keeps until the client reads. Ignored after close.
  virtual void Write(std::string bytes) = 0;
  // Bytes given to Write that the socket has not taken yet.
  virtual size_t pending_bytes() const = 0;
  // Closes once what was written has been sent. No callback comes after it.
  virtual void Close() = 0;
};

// How the server may pack an answer.
struct Encoding {
  // 1 to 6: gzip at that level if the client accepts it; 0: never. With a level, the server adds
  // `Vary: Accept-Encoding`.
  int gzip_level = 0;
};

// The way back to the client for one request: exactly one answer, either by Send or by Start, Write
// and Finish. A small handle, to be copied and kept as long as needed; when the last copy goes away
// unanswered, the client gets 500 (or, in the middle of a streamed answer, a cut connection).
//
// All calls on the request's loop thread; the handle may be copied and destroyed anywhere. Calls
// after the client went away or after the answer ended do nothing.
//
// The server sets Date, Content-Length or Transfer-Encoding, Connection, and what Encoding says; a
// caller leaves those out. Header names in lower case. A field with a control character is dropped.
class ResponseWriter {
 public:
  ResponseWriter() = default;  // Empty: every call but destruction and assignment is a mistake.
  explicit ResponseWriter(Exchange* exchange);
  ResponseWriter(const ResponseWriter& other);
  ResponseWriter(ResponseWriter&& other) noexcept : exchange_(other.exchange_) {
    other.exchange_ = nullptr;
  }
  ResponseWriter& operator=(ResponseWriter other) noexcept;
  ~ResponseWriter();

  // The whole answer. `status` 200 to 599. For HEAD the body is counted but not sent.
  void Send(int status, HeaderSpan headers, Body body, Encoding encoding = {});

  // An answer in pieces: Start, any number of Write, Finish.
  void Start(int status, HeaderSpan headers, Encoding encoding = {});
  // False: the client reads slower than we write; stop until `on_drained`, which is called once
  // then from the loop. True: go on at once; `on_drained` is dropped. With gzip every chunk is
  // flushed.
  bool Write(std::string chunk, std::function<void()> on_drained = {});
  void Finish();
  // Cuts the answer so that the client notices: closes the connection, or resets the HTTP/2 stream.
  void Abort();

  // Called once, on the loop, if the client goes away (or the server stops) before the answer has
  // ended; at the latest then the work should be cancelled. A second callback replaces the first.
  // Called later from the loop if the client is gone already.
  void OnClose(std::function<void()> callback);
  // The client is gone or the answer has ended: work for it is wasted.
  bool closed() const;

  // Answers 101 with `headers` (which name the protocol: `upgrade: websocket`, …) and hands out the
  // connection. Null, without an answer, unless the request came by HTTP/1.1 with `Connection:
  // upgrade`.
  std::unique_ptr<ByteStream> Upgrade(HeaderSpan headers);

  // The request that this answers.
  Request& request() const;
  // Where the connection lives; sockets and timers of the request's work belong there too.
  EventLoop& loop() const;
  // Runs `task` on the loop's thread, later. Any thread.
  void Post(std::function<void()> task) const;

 private:
  Exchange* exchange_ = nullptr;
};

}  // namespace joinery::edge::http
