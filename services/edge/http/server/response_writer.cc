#include "services/edge/http/server/response_writer.h"

#include <algorithm>
#include <utility>

#include "base/event_loop.h"
#include "services/edge/http/server/exchange.h"

namespace joinery::edge::http {
namespace {

bool MayHaveBody(int status) { return status != 204 && status != 304; }

bool UsesGzip(const Exchange& exchange, int status, Encoding encoding) {
  return encoding.gzip_level > 0 && MayHaveBody(status) &&
         AcceptsGzip(exchange.request.headers.Get("accept-encoding"));
}

int Level(Encoding encoding) { return std::clamp(encoding.gzip_level, 1, 6); }

}  // namespace

ResponseWriter::ResponseWriter(Exchange* exchange) : exchange_(exchange) { exchange_->AddHandle(); }

ResponseWriter::ResponseWriter(const ResponseWriter& other) : exchange_(other.exchange_) {
  if (exchange_ != nullptr) exchange_->AddHandle();
}

ResponseWriter& ResponseWriter::operator=(ResponseWriter other) noexcept {
  std::swap(exchange_, other.exchange_);
  return *this;
}

ResponseWriter::~ResponseWriter() {
  if (exchange_ != nullptr) exchange_->DropHandle();
}

void ResponseWriter::Send(int status, HeaderSpan headers, Body body, Encoding encoding) {
  Exchange& exchange = *exchange_;
  if (exchange.sink == nullptr || exchange.phase != Exchange::Phase::kWaiting) return;
  AnswerHead head{.status = status, .headers = headers};
  head.vary = encoding.gzip_level > 0;
  if (!body.empty() && UsesGzip(exchange, status, encoding)) {
    head.gzip = true;
    body = Body(Gzip(body, Level(encoding)));
  }
  head.length = body.size();
  exchange.phase = Exchange::Phase::kEnded;
  exchange.on_close = nullptr;
  exchange.sink->WriteWhole(exchange, head, std::move(body));
}

void ResponseWriter::Start(int status, HeaderSpan headers, Encoding encoding) {
  Exchange& exchange = *exchange_;
  if (exchange.sink == nullptr || exchange.phase != Exchange::Phase::kWaiting) return;
  AnswerHead head{.status = status, .headers = headers};
  head.vary = encoding.gzip_level > 0;
  if (UsesGzip(exchange, status, encoding)) {
    head.gzip = true;
    exchange.gzip = std::make_unique<GzipStream>(Level(encoding));
  }
  exchange.phase = Exchange::Phase::kStreaming;
  exchange.sink->WriteHead(exchange, head);
}

bool ResponseWriter::Write(std::string chunk, std::function<void()> on_drained) {
  Exchange& exchange = *exchange_;
  if (exchange.sink == nullptr || exchange.phase != Exchange::Phase::kStreaming) return true;
  if (chunk.empty()) return true;
  if (exchange.gzip != nullptr) {
    std::string packed;
    exchange.gzip->Add(chunk, GzipStream::Flush::kSync, packed);
    chunk = std::move(packed);
  }
  if (exchange.sink->WriteChunk(exchange, std::move(chunk))) return true;
  if (exchange.sink != nullptr) exchange.on_drained = std::move(on_drained);
  return exchange.sink == nullptr;
}

void ResponseWriter::Finish() {
  Exchange& exchange = *exchange_;
  if (exchange.sink == nullptr || exchange.phase != Exchange::Phase::kStreaming) return;
  if (exchange.gzip != nullptr) {
    std::string rest;
    exchange.gzip->Add({}, GzipStream::Flush::kEnd, rest);
    exchange.sink->WriteChunk(exchange, std::move(rest));
    if (exchange.sink == nullptr) return;
  }
  exchange.phase = Exchange::Phase::kEnded;
  exchange.on_close = nullptr;
  exchange.on_drained = nullptr;
  exchange.sink->WriteEnd(exchange);
}

void ResponseWriter::Abort() {
  Exchange& exchange = *exchange_;
  if (exchange.sink == nullptr || exchange.phase == Exchange::Phase::kEnded) return;
  exchange.phase = Exchange::Phase::kEnded;
  exchange.on_close = nullptr;
  exchange.on_drained = nullptr;
  exchange.sink->Abort(exchange);
}

void ResponseWriter::OnClose(std::function<void()> callback) {
  if (exchange_->client_gone) {
    if (callback) exchange_->loop.Post(std::move(callback));
  } else if (exchange_->phase != Exchange::Phase::kEnded) {
    exchange_->on_close = std::move(callback);
  }
}

bool ResponseWriter::closed() const { return exchange_->phase == Exchange::Phase::kEnded; }

std::unique_ptr<ByteStream> ResponseWriter::Upgrade(HeaderSpan headers) {
  Exchange& exchange = *exchange_;
  if (exchange.sink == nullptr || exchange.phase != Exchange::Phase::kWaiting) return nullptr;
  return exchange.sink->Upgrade(exchange, headers);
}

Request& ResponseWriter::request() const { return exchange_->request; }

EventLoop& ResponseWriter::loop() const { return exchange_->loop; }

void ResponseWriter::Post(std::function<void()> task) const {
  exchange_->loop.Post(std::move(task));
}

}  // namespace joinery::edge::http
