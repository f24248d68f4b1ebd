#include "services/edge/exchange.h"

#include <openssl/rand.h>

#include <string_view>
#include <utility>

#include "base/sha256.h"
#include "services/edge/cors.h"
#include "services/edge/plain_error.h"

namespace joinery::edge {

using http::HeaderField;

std::string FreshRequestId() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  std::string hex = HexEncode({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
  for (const size_t at : {8, 13, 18, 23}) hex.insert(at, "-");
  return hex;
}

SharedExchange NewExchange(const EdgeOptions& options, const http::Request& request,
                           http::ResponseWriter writer) {
  auto exchange = std::make_shared<Exchange>();
  exchange->writer = std::move(writer);
  exchange->loop = &exchange->writer.loop();
  const std::string_view id = request.headers.Get("x-request-id");
  exchange->request_id = id.empty() ? FreshRequestId() : std::string(id);
  const std::string_view origin = request.headers.Get("origin");
  if (!options.disable_cors && !origin.empty() && OriginAllowed(options.cors_domains, origin)) {
    exchange->allowed_origin = origin;
  }
  exchange->context.deadline = CallContext::Clock::now() + options.request_timeout;
  exchange->context.request_id = exchange->request_id;
  exchange->context.traceparent = request.headers.Get("traceparent");
  exchange->real_status = request.path == "/v1alpha1/graphql";
  return exchange;
}

void Exchange::CancelOnClose() {
  context.cancellation = std::make_shared<Cancellation>();
  writer.OnClose([c = context.cancellation] { c->Cancel(); });
}

std::vector<HeaderField> Exchange::JsonHeaders() const {
  std::vector<HeaderField> headers = {{"content-type", "application/json; charset=utf-8"},
                                      {"x-request-id", request_id}};
  if (!allowed_origin.empty()) {
    headers.push_back({"access-control-allow-origin", allowed_origin});
    headers.push_back({"access-control-allow-credentials", "true"});
    headers.push_back({"access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,OPTIONS"});
  }
  for (const std::string& cookie : set_cookies) headers.push_back({"set-cookie", cookie});
  return headers;
}

void Exchange::SendJson(int status, http::Body body, bool gzip,
                        const std::vector<std::string>& cookies) {
  std::vector<HeaderField> headers = JsonHeaders();
  for (const std::string& cookie : cookies) headers.push_back({"set-cookie", cookie});
  writer.Send(status, headers, std::move(body), {.gzip_level = gzip ? 1 : 0});
}

void Exchange::SendIssue(const Issue& issue) {
  SendJson(issue.http_status, PlainError(issue, show_internal), false);
}

}  // namespace joinery::edge
