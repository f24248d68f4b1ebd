#include "services/edge/http/server/http1.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/event_loop.h"
#include "services/edge/http/server/chunked_decoder.h"
#include "services/edge/http/server/exchange.h"
#include "services/edge/http/server/head_parser.h"
#include "services/edge/http/server/status_line.h"
#include "services/edge/http/server/upgraded_stream.h"

namespace joinery::edge::http {
namespace {

constexpr size_t kMaxPendingInput = 64 * 1024;
constexpr size_t kReserveAtOnce = 1 << 20;

void AppendNumber(std::string& out, uint64_t number, int base = 10) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), number, base).ptr);
}

class Http1 final : public Protocol, public ResponseSink {
 public:
  explicit Http1(Connection& connection) : connection_(connection) {}

  void OnBytes(std::string_view bytes) override;
  void OnDrained() override;
  void OnDeadline() override;
  void OnServerDrain() override;
  void OnClosed() override;

  void WriteWhole(Exchange& exchange, const AnswerHead& head, Body body) override;
  void WriteHead(Exchange& exchange, const AnswerHead& head) override;
  bool WriteChunk(Exchange& exchange, std::string chunk) override;
  void WriteEnd(Exchange& exchange) override;
  void Abort(Exchange& exchange) override;
  void Unanswered(Exchange& exchange) override;
  std::unique_ptr<ByteStream> Upgrade(Exchange& exchange, HeaderSpan headers) override;

 private:
  enum class State { kIdle, kHead, kBody, kBusy, kUpgraded, kClosing };

  Worker& worker() { return connection_.worker(); }
  const Limits& limits() { return worker().options.limits; }

  void Process(std::string_view input);
  // Each takes what it needs off `input`.
  void BeginRequest(std::string_view& input);
  void ReadHead(std::string_view& input);
  void ReadBody(std::string_view& input);
  void EndHead(bool body_is_here);
  void Dispatch();
  void Hold(std::string_view input);
  bool OutputIsFull();
  void ProcessHeld();

  void AppendHead(const AnswerHead& head, std::string& out);
  void EndAnswer();
  void Refuse(int status);

  Connection& connection_;
  State state_ = State::kIdle;
  Exchange* exchange_ = nullptr;
  HeadScanner scanner_;
  ChunkedDecoder chunks_;
  Framing framing_;
  uint64_t body_left_ = 0;
  std::string held_;  // Bytes of requests behind the one that is being answered.
  bool dispatching_ = false;
  bool chunked_answer_ = false;
  bool draining_ = false;
  std::shared_ptr<UpgradedConnection> upgraded_;
};

void Http1::OnBytes(std::string_view bytes) {
  switch (state_) {
    case State::kUpgraded:
      upgraded_->Receive(bytes);
      return;
    case State::kClosing:
      return;
    case State::kBusy:
      Hold(bytes);
      return;
    default:
      if (held_.empty()) {
        Process(bytes);
      } else {
        Hold(bytes);
        ProcessHeld();
      }
  }
}

void Http1::Hold(std::string_view input) {
  held_.append(input);
  if (held_.size() > kMaxPendingInput) connection_.PauseReading();
}

bool Http1::OutputIsFull() {
  if (connection_.output().bytes() <= limits().write_buffer_bytes) return false;
  connection_.FlushNow();
  return connection_.output().bytes() > limits().write_buffer_bytes;
}

void Http1::Process(std::string_view input) {
  while (!input.empty()) {
    switch (state_) {
      case State::kIdle:
        if (OutputIsFull()) {
          Hold(input);
          connection_.PauseReading();
          return;
        }
        BeginRequest(input);
        break;
      case State::kHead:
        ReadHead(input);
        break;
      case State::kBody:
        ReadBody(input);
        break;
      case State::kBusy:
        Hold(input);
        return;
      case State::kUpgraded:
        upgraded_->Receive(input);
        return;
      case State::kClosing:
        return;
    }
    if (connection_.closed()) return;
  }
}

void Http1::ProcessHeld() {
  if (state_ != State::kIdle || held_.empty()) return;
  const std::string held = std::exchange(held_, {});
  Process(held);
  if (held_.size() <= kMaxPendingInput) connection_.ResumeReading();
}

void Http1::BeginRequest(std::string_view& input) {
  // RFC 9112, 2.2: empty lines before a request are read over.
  while (!input.empty() && (input.front() == '\r' || input.front() == '\n')) {
    input.remove_prefix(1);
  }
  if (input.empty()) return;
  if (exchange_ != nullptr && exchange_->has_handles()) {
    std::exchange(exchange_, nullptr)->Detach();
  }
  if (exchange_ == nullptr) {
    exchange_ = new Exchange(worker().loop, this);
    exchange_->request.is_tls = connection_.is_tls();
    exchange_->request.remote_port = connection_.remote_port();
    exchange_->remote_address = connection_.remote_address();
    exchange_->request.remote_address = exchange_->remote_address;
  } else {
    exchange_->Reset();
  }
  scanner_.Reset();
  state_ = State::kHead;
  connection_.SetDeadline(limits().request_read_timeout);
}

void Http1::ReadHead(std::string_view& input) {
  std::string& head = exchange_->head;
  const size_t before = head.size();
  head.append(input.substr(0, limits().max_head_bytes - before));
  const auto end = scanner_.FindEnd(head);
  if (!end) {
    input.remove_prefix(head.size() - before);
    if (head.size() >= limits().max_head_bytes) Refuse(scanner_.in_first_line() ? 414 : 431);
    return;
  }
  input.remove_prefix(*end - before);
  head.resize(*end);
  const HeadLimits head_limits{limits().max_target_bytes, limits().max_header_count};
  const int status = ParseHead(head.data(), head.size(), head_limits, exchange_->request, framing_);
  if (status != 0) return Refuse(status);
  EndHead(!input.empty());
}

void Http1::EndHead(bool body_is_here) {
  if (framing_.content_length > limits().max_body_bytes) return Refuse(413);
  if (!framing_.chunked && framing_.content_length == 0) return Dispatch();
  if (framing_.expect_continue && !body_is_here) {
    connection_.output().Tail().append("HTTP/1.1 100 Continue\r\n\r\n");
    connection_.Flush();
  }
  chunks_.Reset();
  body_left_ = framing_.content_length;
  const uint64_t reserve = std::min<uint64_t>(body_left_, kReserveAtOnce) + Request::kBodyPadding;
  exchange_->request.body.reserve(static_cast<size_t>(reserve));
  state_ = State::kBody;
}

void Http1::ReadBody(std::string_view& input) {
  std::string& body = exchange_->request.body;
  if (framing_.chunked) {
    switch (chunks_.Decode(input, limits().max_body_bytes, body)) {
      case ChunkedDecoder::State::kMore:
        return;
      case ChunkedDecoder::State::kDone:
        break;
      case ChunkedDecoder::State::kMalformed:
        return Refuse(400);
      case ChunkedDecoder::State::kTooLarge:
        return Refuse(413);
    }
    body.reserve(body.size() + Request::kBodyPadding);
    return Dispatch();
  }
  const size_t take = static_cast<size_t>(std::min<uint64_t>(body_left_, input.size()));
  const size_t needed = body.size() + take + Request::kBodyPadding;
  if (needed > body.capacity()) body.reserve(std::max(needed, body.capacity() * 2));
  body.append(input.substr(0, take));
  input.remove_prefix(take);
  body_left_ -= take;
  if (body_left_ == 0) Dispatch();
}

void Http1::Dispatch() {
  state_ = State::kBusy;
  connection_.ClearDeadline();
  exchange_->phase = Exchange::Phase::kWaiting;
  dispatching_ = true;
  worker().handler(exchange_->request, ResponseWriter(exchange_));
  dispatching_ = false;
}

void Http1::AppendHead(const AnswerHead& head, std::string& out) {
  const bool is_http10 = exchange_->request.version == Version::kHttp10;
  if (head.status == 200) {
    out.append("HTTP/1.1 200 OK\r\ndate: ");
  } else {
    out.append("HTTP/1.1 ");
    AppendNumber(out, static_cast<uint64_t>(head.status));
    out.append(" ").append(ReasonOf(head.status)).append("\r\ndate: ");
  }
  out.append(worker().date).append("\r\n");
  for (const HeaderField& field : head.headers) {
    if (!IsSendable(field.name, field.value)) continue;
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (head.gzip) out.append("content-encoding: gzip\r\n");
  if (head.vary) out.append("vary: accept-encoding\r\n");
  if (head.status >= 200 && head.status != 204 && head.status != 304) {
    if (head.length) {
      out.append("content-length: ");
      AppendNumber(out, *head.length);
      out.append("\r\n");
    } else if (!is_http10) {
      out.append("transfer-encoding: chunked\r\n");
    }
  }
  if (head.status == 101) {
    out.append("connection: upgrade\r\n");
  } else if (!framing_.keep_alive) {
    out.append("connection: close\r\n");
  } else if (is_http10) {
    out.append("connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

void Http1::WriteWhole(Exchange& exchange, const AnswerHead& head, Body body) {
  if (draining_) framing_.keep_alive = false;
  OutputQueue& output = connection_.output();
  AppendHead(head, output.Tail());
  const bool has_body =
      exchange.request.method != Method::kHead && head.status != 204 && head.status != 304;
  if (has_body) output.Append(std::move(body));
  EndAnswer();
}

void Http1::WriteHead(Exchange& exchange, const AnswerHead& head) {
  const bool has_body =
      exchange.request.method != Method::kHead && head.status != 204 && head.status != 304;
  chunked_answer_ = has_body && exchange.request.version != Version::kHttp10;
  if (draining_ || exchange.request.version == Version::kHttp10) framing_.keep_alive = false;
  AppendHead(head, connection_.output().Tail());
  connection_.Flush();
}

bool Http1::WriteChunk(Exchange& exchange, std::string chunk) {
  OutputQueue& output = connection_.output();
  const bool has_body = chunked_answer_ || (exchange.request.version == Version::kHttp10 &&
                                            exchange.request.method != Method::kHead);
  if (!has_body || chunk.empty()) return true;
  if (chunked_answer_) {
    AppendNumber(output.Tail(), chunk.size(), 16);
    output.Tail().append("\r\n");
  }
  output.Append(std::move(chunk));
  if (chunked_answer_) output.Tail().append("\r\n");
  connection_.Flush();
  return !OutputIsFull();
}

void Http1::WriteEnd(Exchange&) {
  if (chunked_answer_) connection_.output().Tail().append("0\r\n\r\n");
  chunked_answer_ = false;
  EndAnswer();
}

void Http1::EndAnswer() {
  if (!framing_.keep_alive) {
    state_ = State::kClosing;
    connection_.CloseAfterFlush();
    return;
  }
  state_ = State::kIdle;
  connection_.SetDeadline(limits().idle_timeout);
  connection_.Flush();
  if (dispatching_ || held_.empty() || connection_.closed()) return;
  // Not from here: the caller is the handler of the request before.
  connection_.Retain();
  worker().loop.Post([this, connection = &connection_] {
    if (!connection->closed()) {
      ProcessHeld();
      connection->Flush();
    }
    connection->Release();
  });
}

void Http1::Abort(Exchange&) { connection_.Close(); }

void Http1::Unanswered(Exchange& exchange) {
  if (exchange.phase == Exchange::Phase::kStreaming) return connection_.Close();
  exchange.phase = Exchange::Phase::kEnded;
  const auto& options = worker().options;
  const HeaderField type[] = {{"content-type", options.error_content_type}};
  Body body(options.error_body ? options.error_body(500, ReasonOf(500))
                               : std::string(ReasonOf(500)));
  const std::span<const HeaderField> headers(type);
  AnswerHead head{.status = 500, .headers = headers, .length = body.size()};
  WriteWhole(exchange, head, std::move(body));
}

void Http1::Refuse(int status) {
  framing_ = Framing();
  framing_.keep_alive = false;
  exchange_->request.version = Version::kHttp11;
  exchange_->request.method = Method::kOther;
  exchange_->phase = Exchange::Phase::kEnded;
  const auto& options = worker().options;
  const HeaderField type[] = {{"content-type", options.error_content_type}};
  Body body(options.error_body ? options.error_body(status, ReasonOf(status))
                               : std::string(ReasonOf(status)));
  const std::span<const HeaderField> headers(type);
  AnswerHead head{.status = status, .headers = headers, .length = body.size()};
  WriteWhole(*exchange_, head, std::move(body));
}

std::unique_ptr<ByteStream> Http1::Upgrade(Exchange& exchange, HeaderSpan headers) {
  if (!framing_.upgrade || exchange.request.version != Version::kHttp11) return nullptr;
  exchange.phase = Exchange::Phase::kEnded;
  exchange.on_close = nullptr;
  AppendHead({.status = 101, .headers = headers}, connection_.output().Tail());
  state_ = State::kUpgraded;
  upgraded_ = std::make_shared<UpgradedConnection>(connection_);
  if (!held_.empty()) upgraded_->Receive(std::exchange(held_, {}));
  connection_.ResumeReading();
  connection_.Flush();
  return MakeUpgradedStream(upgraded_);
}

void Http1::OnDrained() {
  if (state_ == State::kUpgraded) return;
  if (exchange_ != nullptr && exchange_->on_drained) {
    std::exchange(exchange_->on_drained, nullptr)();
  }
  if (connection_.closed()) return;
  ProcessHeld();
  connection_.ResumeReading();
}

void Http1::OnDeadline() {
  switch (state_) {
    case State::kHead:
    case State::kBody:
      Refuse(408);
      return;
    case State::kIdle:
      connection_.Close();
      return;
    default:
      return;
  }
}

void Http1::OnServerDrain() {
  draining_ = true;
  // What was upgraded has no end of its own to wait for.
  if (state_ == State::kUpgraded) return connection_.CloseAfterFlush();
  if (state_ == State::kIdle && held_.empty()) {
    state_ = State::kClosing;
    connection_.CloseAfterFlush();
  }
}

void Http1::OnClosed() {
  state_ = State::kClosing;
  if (upgraded_ != nullptr) upgraded_->ConnectionClosed();
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->Detach();
}

}  // namespace

std::unique_ptr<Protocol> MakeHttp1(Connection& connection) {
  return std::make_unique<Http1>(connection);
}

}  // namespace joinery::edge::http
