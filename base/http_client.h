#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/event_loop.h"

namespace joinery {

struct HttpRequest {
  std::string url;
  std::string body;  // Sent by POST only.
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds timeout{60'000};
  size_t max_response_bytes = size_t{64} << 20;  // After decompression.
  bool http2_prior_knowledge = false;            // HTTP/2 also without TLS.
  std::string method = "POST";                   // Or "GET".
};

struct HttpResponse {
  enum class Outcome { kAnswered, kTimeout, kTooLarge, kCancelled, kFailed };
  Outcome outcome = Outcome::kAnswered;
  int status = 0;
  std::string body;
  std::vector<std::string> set_cookies;
  std::string content_type;
  std::string cache_control;
  std::string expires;
  std::string failure;  // For people, without the address.
};

// Calls upstreams by HTTP/1.1 and HTTP/2 from event loops, with kept connections. Each loop has its
// own state, so there is no lock on the way. Redirects are not followed. Destroyed after the loops
// that used it have stopped and before their io_contexts; calls that are under way then never end.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();

  // On the loop's thread, where `done` runs too, exactly once and never inside Send. The timeout is
  // shortened to what remains of the context's; cancelling the context ends the call.
  void Send(const CallContext& context, EventLoop& loop, HttpRequest request,
            std::function<void(HttpResponse)> done);

  // From any thread that is no loop's; blocks.
  HttpResponse SendAndWait(const CallContext& context, const HttpRequest& request);

 private:
  class LoopClient;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace joinery
