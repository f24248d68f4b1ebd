#include "services/edge/http/server/connection.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/event_loop.h"
#include "services/edge/http/server/http1.h"
#include "services/edge/http/server/http2.h"

namespace joinery::edge::http {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::chrono::milliseconds kLingerTime{2'000};

}  // namespace

Connection::Connection(Worker& worker, int fd, std::string remote_address, uint16_t remote_port)
    : worker_(worker),
      readiness_(worker.loop.context(), fd, this),
      transport_(fd, worker.ssl == nullptr ? nullptr : MakeServerSession(worker.ssl, fd)),
      remote_address_(std::move(remote_address)),
      remote_port_(remote_port) {
  worker_.Add(this);
}

Connection::~Connection() { worker_.Remove(this); }

void Connection::Release() {
  if (--references_ == 0) delete this;
}

void Connection::Begin() {
  // A session that could not be made must not end up as plain text.
  if (worker_.ssl != nullptr && !transport_.is_tls()) return Close();
  SetDeadline(worker_.options.limits.request_read_timeout);
  readiness_.ArmRead();
}

void Connection::OnReadable() {
  if (reading_paused_) return;
  ReadAll();
  if (closed_) return;
  FlushNow();
  if (!closed_ && !reading_paused_) readiness_.ArmRead();
}

void Connection::ReadAll() {
  in_read_ = true;
  while (!closed_ && !reading_paused_) {
    char* buffer = worker_.read_buffer.get();
    const Transport::Outcome outcome = transport_.Read(buffer, Worker::kReadBufferSize);
    if (outcome.state == Transport::State::kClosed) {
      Close();
      break;
    }
    if (outcome.state == Transport::State::kWouldBlock) {
      if (transport_.read_needs_write()) readiness_.ArmWrite();
      break;
    }
    Feed({buffer, outcome.bytes});
    if (outcome.drained) {
      maybe_more_ = true;
      break;
    }
  }
  in_read_ = false;
}

void Connection::Feed(std::string_view bytes) {
  if (closing_) return;
  if (protocol_ != nullptr) {
    protocol_->OnBytes(bytes);
  } else {
    Detect(bytes);
  }
}

void Connection::Detect(std::string_view bytes) {
  if (!first_bytes_.empty()) {
    first_bytes_.append(bytes);
    bytes = first_bytes_;
  }
  const bool may_be_preface = bytes.substr(0, kPreface.size()) == kPreface.substr(0, bytes.size());
  if (may_be_preface && bytes.size() < kPreface.size()) {
    if (first_bytes_.empty()) first_bytes_.assign(bytes);
    return;
  }
  if (!may_be_preface && transport_.chose_http2()) return Close();
  protocol_ = may_be_preface ? MakeHttp2(*this) : MakeHttp1(*this);
  const std::string kept = std::move(first_bytes_);
  protocol_->OnBytes(kept.empty() ? bytes : std::string_view(kept));
}

void Connection::FlushNow() {
  if (closed_ || lingering_ || (blocked_ && readiness_.write_armed())) return;
  if (!output_.empty()) {
    const Transport::State state = output_.Flush(transport_);
    if (state == Transport::State::kClosed) return Close();
    if (state == Transport::State::kWouldBlock) {
      if (!blocked_) write_deadline_ = worker_.now + worker_.options.limits.write_timeout;
      blocked_ = true;
      readiness_.ArmWrite();
      return;
    }
  }
  const bool was_blocked = std::exchange(blocked_, false);
  write_deadline_ = Clock::time_point::max();
  if (closing_) return BeginLinger();
  if (was_blocked && protocol_ != nullptr) protocol_->OnDrained();
}

void Connection::OnWritable() {
  if (transport_.read_needs_write()) OnReadable();
  if (closed_ || !blocked_) return;
  write_deadline_ = worker_.now + worker_.options.limits.write_timeout;
  FlushNow();
}

void Connection::ResumeReading() {
  if (!reading_paused_ || closed_) return;
  reading_paused_ = false;
  if (readiness_.read_armed()) return;
  // What the socket held when reading stopped raises no new event.
  Retain();
  worker_.loop.Post([this] {
    if (!closed_ && !readiness_.read_armed()) OnReadable();
    Release();
  });
}

void Connection::SetDeadline(std::chrono::milliseconds timeout) {
  deadline_ = worker_.now + timeout;
}

void Connection::CloseAfterFlush() {
  if (closed_ || closing_) return;
  closing_ = true;
  deadline_ = worker_.now + worker_.options.limits.write_timeout;
  ResumeReading();
  Flush();
}

void Connection::BeginLinger() {
  if (lingering_) return;
  lingering_ = true;
  transport_.ShutDownWrites();
  SetDeadline(kLingerTime);
}

void Connection::Close() {
  if (closed_) return;
  closed_ = true;
  output_.Clear();
  if (protocol_ != nullptr) protocol_->OnClosed();
  readiness_.Close();
  // Callers up the stack still use us.
  worker_.loop.Post([this] { Release(); });
}

void Connection::Drain() {
  if (closed_ || closing_ || draining_) return;
  draining_ = true;
  if (protocol_ == nullptr) return Close();
  protocol_->OnServerDrain();
}

void Connection::CheckDeadlines(Clock::time_point now) {
  if (closed_) return;
  if (now > write_deadline_) return Close();
  if (std::exchange(maybe_more_, false) && !reading_paused_) {
    ReadAll();
    if (closed_) return;
    FlushNow();
    if (closed_) return;
  }
  if (now <= deadline_) return;
  ClearDeadline();
  if (protocol_ == nullptr || closing_) return Close();
  protocol_->OnDeadline();
}

Worker::Worker(EventLoop& loop, const ServerOptions& options, const Handler& handler, SSL_CTX* ssl)
    : loop(loop),
      options(options),
      handler(handler),
      ssl(ssl),
      read_buffer(std::make_unique<char[]>(kReadBufferSize)) {
  const auto shortest = std::min({options.limits.idle_timeout, options.limits.request_read_timeout,
                                  options.limits.write_timeout});
  tick = std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(500));
}

void Worker::Add(Connection* connection) {
  connection->next_ = first;
  if (first != nullptr) first->previous_ = connection;
  first = connection;
  count.fetch_add(1, std::memory_order_relaxed);
}

void Worker::Remove(Connection* connection) {
  if (connection->previous_ != nullptr) {
    connection->previous_->next_ = connection->next_;
  } else {
    first = connection->next_;
  }
  if (connection->next_ != nullptr) connection->next_->previous_ = connection->previous_;
  count.fetch_sub(1, std::memory_order_release);
}

void Worker::Tick() {
  now = Clock::now();
  const std::time_t second = std::time(nullptr);
  if (second != date_second || date.empty()) {
    date_second = second;
    std::tm parts{};
    gmtime_r(&second, &parts);
    char text[64];
    date.assign(text, std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts));
  }
  ForEach([this](Connection& connection) { connection.CheckDeadlines(now); });
}

}  // namespace joinery::edge::http
