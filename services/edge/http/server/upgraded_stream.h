#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "services/edge/http/server/connection.h"
#include "services/edge/http/server/response_writer.h"

namespace joinery::edge::http {

// A taken-over connection as protocol and stream share it: either may go first. Loop thread only.
class UpgradedConnection : public std::enable_shared_from_this<UpgradedConnection> {
 public:
  explicit UpgradedConnection(Connection& connection) : connection_(&connection) {}

  // From the protocol.
  void Receive(std::string_view bytes);
  void ConnectionClosed();

  // From the stream.
  void Start(std::function<void(std::string_view)> on_bytes, std::function<void()> on_closed);
  void Write(std::string bytes);
  size_t pending_bytes() const;
  void CloseAfterFlush();
  void Abandon();

 private:
  void DeliverEarly();
  void ReportClosed();

  Connection* connection_;  // Null once closed.
  std::function<void(std::string_view)> on_bytes_;
  std::function<void()> on_closed_;
  std::string early_;  // What came before the callbacks were there.
  bool started_ = false;
  bool silent_ = false;  // The stream wants no more callbacks.
};

std::unique_ptr<ByteStream> MakeUpgradedStream(std::shared_ptr<UpgradedConnection> connection);

}  // namespace joinery::edge::http
