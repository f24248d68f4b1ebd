#include "services/edge/http/server/upgraded_stream.h"

#include <utility>

#include "base/event_loop.h"

namespace joinery::edge::http {
namespace {

class UpgradedStream final : public ByteStream {
 public:
  explicit UpgradedStream(std::shared_ptr<UpgradedConnection> connection)
      : connection_(std::move(connection)) {}
  ~UpgradedStream() override { connection_->Abandon(); }

  void Start(std::function<void(std::string_view)> on_bytes,
             std::function<void()> on_closed) override {
    connection_->Start(std::move(on_bytes), std::move(on_closed));
  }
  void Write(std::string bytes) override { connection_->Write(std::move(bytes)); }
  size_t pending_bytes() const override { return connection_->pending_bytes(); }
  void Close() override { connection_->CloseAfterFlush(); }

 private:
  const std::shared_ptr<UpgradedConnection> connection_;
};

}  // namespace

void UpgradedConnection::Receive(std::string_view bytes) {
  if (silent_) return;
  if (!started_ || !early_.empty()) {
    early_.append(bytes);
    return;
  }
  // The callback may destroy the stream, and with it the callback.
  const auto self = shared_from_this();
  const auto on_bytes = on_bytes_;
  on_bytes(bytes);
}

void UpgradedConnection::Start(std::function<void(std::string_view)> on_bytes,
                               std::function<void()> on_closed) {
  on_bytes_ = std::move(on_bytes);
  on_closed_ = std::move(on_closed);
  started_ = true;
  if (connection_ == nullptr || early_.empty()) return;
  connection_->worker().loop.Post([self = shared_from_this()] { self->DeliverEarly(); });
}

void UpgradedConnection::DeliverEarly() {
  if (connection_ == nullptr || silent_) return;
  Receive(std::exchange(early_, {}));
}

void UpgradedConnection::ConnectionClosed() {
  if (connection_ == nullptr) return;
  EventLoop& loop = connection_->worker().loop;
  connection_ = nullptr;
  loop.Post([self = shared_from_this()] { self->ReportClosed(); });
}

void UpgradedConnection::ReportClosed() {
  if (silent_) return;
  silent_ = true;
  on_bytes_ = nullptr;
  if (auto on_closed = std::exchange(on_closed_, nullptr)) on_closed();
}

void UpgradedConnection::Write(std::string bytes) {
  if (connection_ == nullptr) return;
  connection_->output().Append(std::move(bytes));
  connection_->Flush();
}

size_t UpgradedConnection::pending_bytes() const {
  return connection_ == nullptr ? 0 : connection_->output().bytes();
}

void UpgradedConnection::CloseAfterFlush() {
  silent_ = true;
  if (connection_ != nullptr) connection_->CloseAfterFlush();
}

void UpgradedConnection::Abandon() {
  const bool said_goodbye = silent_;
  silent_ = true;
  on_bytes_ = nullptr;
  on_closed_ = nullptr;
  if (connection_ != nullptr && !said_goodbye) connection_->CloseAfterFlush();
}

std::unique_ptr<ByteStream> MakeUpgradedStream(std::shared_ptr<UpgradedConnection> connection) {
  return std::make_unique<UpgradedStream>(std::move(connection));
}

}  // namespace joinery::edge::http
