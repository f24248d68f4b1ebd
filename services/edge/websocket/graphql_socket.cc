#include "services/edge/websocket/graphql_socket.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/system_timer.hpp>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "executor/errors.h"
#include "json/value.h"
#include "json/write.h"
#include "services/edge/plain_error.h"

namespace joinery::edge {
namespace {

constexpr std::string_view kLegacy = "graphql-ws";
constexpr std::string_view kModern = "graphql-transport-ws";

enum CloseCode : uint16_t {
  kNormal = 1000,
  kBadMessage = 4400,
  kUnauthorized = 4401,
  kForbidden = 4403,
  kInitTimeout = 4408,
  kDuplicate = 4409,
  kTooManyInits = 4429,
};

std::string Quoted(std::string_view text) {
  std::string out;
  json::AppendQuoted(out, text);
  return out;
}

// What a client sends, whichever protocol.
struct ClientMessage {
  std::string type;
  std::string id;
  json::Value payload;
};

IssueOr<ClientMessage> ParseMessage(std::string_view text) {
  StatusOr<json::Value> parsed = json::Parse(text);
  if (!parsed.ok()) return ParseFailed(std::string(MessageOf(parsed.status())), "$");
  if (!parsed->is_object()) return ParseFailed("expected an object", "$");
  ClientMessage out;
  const json::Value* type = parsed->Find("type");
  if (type == nullptr || !type->is_string()) return ParseFailed("key \"type\" not found", "$");
  out.type = type->string();
  const json::Value* id = parsed->Find("id");
  if (id != nullptr && id->is_string()) out.id = id->string();
  const bool needs_id = out.type == "start" || out.type == "stop" || out.type == "subscribe" ||
                        out.type == "complete";
  if (needs_id && (id == nullptr || !id->is_string())) {
    return ParseFailed("key \"id\" not found", "$");
  }
  if (json::Value* payload = parsed->Find("payload")) out.payload = std::move(*payload);
  return out;
}

// The payload of a failed operation's `data`: Hasura puts a null beside the errors here.
std::string WithNullData(std::string body) {
  if (body.starts_with("{\"errors\"")) body.insert(1, "\"data\":null,");
  return body;
}

// `errors` with elements of the older shape.
std::string WithPlainErrors(const std::string& body) {
  StatusOr<json::Value> parsed = json::Parse(body);
  json::Value* errors = parsed.ok() ? parsed->Find("errors") : nullptr;
  if (errors == nullptr || !errors->is_array()) return body;
  for (json::Value& error : errors->items()) {
    json::Value plain = json::Value::Object();
    const json::Value* extensions = error.Find("extensions");
    if (extensions != nullptr && extensions->is_object()) plain = *extensions;
    if (const json::Value* message = error.Find("message")) plain.Set("error", *message);
    error = std::move(plain);
  }
  return json::ToString(*parsed);
}

class GraphqlSocket : public std::enable_shared_from_this<GraphqlSocket> {
 public:
  GraphqlSocket(std::shared_ptr<http::WebSocket> socket, bool modern, plan::Headers upgrade_headers,
                EventLoop& loop, std::shared_ptr<SocketHost> host, SocketOptions options)
      : socket_(std::move(socket)),
        modern_(modern),
        upgrade_headers_(std::move(upgrade_headers)),
        loop_(loop),
        host_(std::move(host)),
        options_(options),
        init_timer_(loop.context()),
        keepalive_timer_(loop.context()),
        expiry_timer_(loop.context()) {}

  void Begin() {
    const auto self = shared_from_this();
    socket_->Start([self](std::string_view text) { self->OnText(text); },
                   [self] { self->OnClosed(); });
    if (modern_) AwaitInit();
  }

 private:
  void AwaitInit();
  void KeepAlive();
  void OnText(std::string_view text);
  void OnClosed();
  void OnLegacy(ClientMessage& message);
  void OnModern(ClientMessage& message);
  void NotUnderstood(std::string_view detail);
  void Init(const json::Value& payload);
  void OnIdentified(IssueOr<Caller> caller);
  void CloseAtExpiry();
  // The fault of a start that cannot be; nullopt: none.
  std::optional<std::string> StartFault(const std::string& id) const;
  void StartOperation(ClientMessage& message);
  void Stop(const std::string& id);
  void OnAnswer(const std::string& id, const std::shared_ptr<Cancellation>& operation,
                IssueOr<executor::Response> answer, bool last);
  void SendData(const std::string& id, executor::Response response);
  void SendError(const std::string& id, const Issue& issue, bool show_internal);
  void SendComplete(const std::string& id);
  void Send(std::string_view type, std::string_view id, std::string_view payload);
  void CloseWith(CloseCode code, std::string_view text) {
    socket_->Close(code, Quoted(StrCat(static_cast<int>(code), ": ", text)));
  }

  const std::shared_ptr<http::WebSocket> socket_;
  const bool modern_;
  const plan::Headers upgrade_headers_;
  EventLoop& loop_;
  const std::shared_ptr<SocketHost> host_;
  const SocketOptions options_;
  boost::asio::steady_timer init_timer_;
  boost::asio::steady_timer keepalive_timer_;
  std::optional<Caller> caller_;
  boost::asio::system_timer expiry_timer_;
  // Messages that came while it is being found out who asks.
  bool identifying_ = false;
  std::deque<std::string> held_;
  std::string init_fault_;  // Why the last connection_init was refused; empty: it was not.
  bool keeps_alive_ = false;
  bool closed_ = false;
  std::map<std::string, std::shared_ptr<Cancellation>> operations_;
};

void GraphqlSocket::AwaitInit() {
  init_timer_.expires_after(options_.init_timeout);
  init_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || self == nullptr || self->closed_ || self->caller_) return;
    self->CloseWith(kInitTimeout, "Connection initialisation timeout");
  });
}

void GraphqlSocket::KeepAlive() {
  if (options_.keepalive.count() == 0) return;
  keepalive_timer_.expires_after(options_.keepalive);
  keepalive_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || self == nullptr || self->closed_) return;
    if (self->modern_) {
      self->Send("ping", {}, R"({"message":"keepalive"})");
    } else {
      self->Send("ka", {}, {});
    }
    self->KeepAlive();
  });
}

void GraphqlSocket::OnText(std::string_view text) {
  if (identifying_) {
    if (held_.size() < options_.max_operations) return held_.emplace_back(text), void();
    return CloseWith(kTooManyInits, "Too many requests");
  }
  IssueOr<ClientMessage> message = ParseMessage(text);
  if (!message.ok()) return NotUnderstood(message.issue().message);
  return modern_ ? OnModern(message.value()) : OnLegacy(message.value());
}

void GraphqlSocket::OnClosed() {
  closed_ = true;
  init_timer_.cancel();
  keepalive_timer_.cancel();
  expiry_timer_.cancel();
  held_.clear();
  for (const auto& [id, operation] : std::exchange(operations_, {})) operation->Cancel();
}

void GraphqlSocket::NotUnderstood(std::string_view detail) {
  if (modern_) return CloseWith(kBadMessage, detail);
  Send("connection_error", {}, Quoted(StrCat("parsing ClientMessage failed: ", detail)));
}

void GraphqlSocket::OnLegacy(ClientMessage& message) {
  if (message.type == "connection_init") {
    Init(message.payload);
  } else if (message.type == "start") {
    StartOperation(message);
  } else if (message.type == "stop") {
    Stop(message.id);
  } else if (message.type == "connection_terminate") {
    socket_->Close(kNormal, {});
  } else {
    NotUnderstood(StrCat("unexpected type ", message.type));
  }
}

void GraphqlSocket::OnModern(ClientMessage& message) {
  if (message.type == "connection_init") {
    if (caller_) return CloseWith(kTooManyInits, "Too many requests");
    init_timer_.cancel();
    Init(message.payload);
  } else if (message.type == "subscribe") {
    StartOperation(message);
  } else if (message.type == "complete") {
    Stop(message.id);
  } else if (message.type == "ping") {
    Send("pong", {}, message.payload.is_object() ? json::ToString(message.payload) : "");
  } else if (message.type != "pong") {
    NotUnderstood(StrCat("unexpected type ", message.type));
  }
}

void GraphqlSocket::Init(const json::Value& payload) {
  plan::Headers headers = upgrade_headers_;
  const json::Value* sent = payload.is_object() ? payload.Find("headers") : nullptr;
  if (sent != nullptr && sent->is_object()) {
    for (const auto& [name, value] : sent->members()) {
      if (!value.is_string()) continue;
      const std::string lower = ToLower(name);
      std::erase_if(headers, [&](const auto& field) { return field.first == lower; });
      headers.emplace_back(lower, value.string());
    }
  }
  std::vector<http::HeaderField> fields;
  for (const auto& [name, value] : headers) fields.push_back({name, value});
  identifying_ = true;
  host_->Authenticate(fields, loop_, [self = shared_from_this()](IssueOr<Caller> caller) {
    self->identifying_ = false;
    if (!self->closed_) self->OnIdentified(std::move(caller));
  });
}

void GraphqlSocket::OnIdentified(IssueOr<Caller> caller) {
  if (caller.ok()) {
    init_fault_.clear();
    caller_ = std::move(caller).value();
    Send("connection_ack", {}, {});
    if (!modern_) Send("ka", {}, {});
    if (!std::exchange(keeps_alive_, true)) KeepAlive();
    CloseAtExpiry();
  } else {
    caller_.reset();
    init_fault_ = caller.issue().message;
    if (modern_) return CloseWith(kForbidden, "Forbidden");
    Send("connection_error", {}, Quoted(init_fault_));
  }
  while (!held_.empty() && !identifying_ && !closed_) {
    const std::string text = std::move(held_.front());
    held_.pop_front();
    OnText(text);
  }
}

// What the client was believed for ends, and with it all that runs on its behalf.
void GraphqlSocket::CloseAtExpiry() {
  expiry_timer_.cancel();
  if (!caller_->expires) return;
  expiry_timer_.expires_at(*caller_->expires);
  expiry_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || self == nullptr || self->closed_) return;
    self->socket_->Close(kNormal, {});
  });
}

std::optional<std::string> GraphqlSocket::StartFault(const std::string& id) const {
  if (!init_fault_.empty())
    return StrCat("cannot start as connection_init failed with : ", init_fault_);
  if (!caller_) return "start received before the connection is initialised";
  if (operations_.contains(id)) return StrCat("an operation already exists with this id: ", id);
  if (operations_.size() >= options_.max_operations)
    return "too many operations on this connection";
  return std::nullopt;
}

void GraphqlSocket::StartOperation(ClientMessage& message) {
  if (const auto fault = StartFault(message.id)) {
    if (modern_ && !caller_) return CloseWith(kUnauthorized, "Unauthorized");
    if (modern_ && operations_.contains(message.id)) {
      return CloseWith(kDuplicate, StrCat("Subscriber for \"", message.id, "\" already exists"));
    }
    return SendError(message.id, {.code = "start-failed", .message = *fault}, false);
  }
  IssueOr<GraphqlRequest> operation = ParseGraphqlOperation(message.payload, "$");
  if (!operation.ok()) return NotUnderstood(operation.issue().message);
  Caller caller = *caller_;
  const auto cancellation = std::make_shared<Cancellation>();
  caller.context.cancellation = cancellation;
  operations_.emplace(message.id, cancellation);
  host_->Run(std::move(caller), std::move(operation).value(),
             [self = shared_from_this(), id = message.id, cancellation](auto answer, bool last) {
               self->OnAnswer(id, cancellation, std::move(answer), last);
             });
}

void GraphqlSocket::Stop(const std::string& id) {
  const auto found = operations_.find(id);
  if (found == operations_.end()) return;
  const auto operation = std::move(found->second);
  operations_.erase(found);
  operation->Cancel();
}

void GraphqlSocket::OnAnswer(const std::string& id, const std::shared_ptr<Cancellation>& operation,
                             IssueOr<executor::Response> answer, bool last) {
  const auto found = operations_.find(id);
  // Stopped, and perhaps started anew under the same id.
  if (found == operations_.end() || found->second != operation) return;
  if (last) operations_.erase(found);
  if (!answer.ok()) return SendError(id, answer.issue(), caller_ && caller_->show_internal);
  SendData(id, std::move(answer).value());
  if (last) SendComplete(id);
}

void GraphqlSocket::SendData(const std::string& id, executor::Response response) {
  std::string payload;
  for (const std::string& piece : response.body) payload.append(piece);
  if (response.failed) {
    payload = WithNullData(std::move(payload));
    if (options_.plain_errors) payload = WithPlainErrors(payload);
  }
  Send(modern_ ? "next" : "data", id, payload);
}

void GraphqlSocket::SendError(const std::string& id, const Issue& issue, bool show_internal) {
  if (modern_) {
    std::string errors = "[";
    executor::AppendIssue(errors, issue, show_internal);
    errors.push_back(']');
    return Send("error", id, errors);
  }
  Send("error", id,
       options_.plain_errors ? PlainError(issue, show_internal)
                             : executor::IssueBody(issue, show_internal));
  SendComplete(id);
}

void GraphqlSocket::SendComplete(const std::string& id) { Send("complete", id, {}); }

void GraphqlSocket::Send(std::string_view type, std::string_view id, std::string_view payload) {
  std::string out = StrCat("{\"type\":\"", type, "\"");
  if (!id.empty()) {
    out.append(",\"id\":");
    json::AppendQuoted(out, id);
  }
  if (!payload.empty()) StrAppend(out, ",\"payload\":", payload);
  out.push_back('}');
  socket_->Send(out);
}

}  // namespace

std::string_view ChooseSubprotocol(std::string_view offered) {
  while (!offered.empty()) {
    const size_t comma = offered.find(',');
    std::string_view name = offered.substr(0, comma);
    offered = comma == std::string_view::npos ? std::string_view() : offered.substr(comma + 1);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name == kModern) return kModern;
    if (name == kLegacy) return kLegacy;
  }
  return {};
}

void ServeGraphqlSocket(std::shared_ptr<http::WebSocket> socket, std::string_view subprotocol,
                        const http::Request& upgrade, EventLoop& loop,
                        std::shared_ptr<SocketHost> host, SocketOptions options) {
  plan::Headers headers;
  for (const http::HeaderField& field : upgrade.headers) {
    if (field.name.starts_with("sec-websocket-") || field.name == "upgrade" ||
        field.name == "connection" || (field.name == "cookie" && !options.read_cookie)) {
      continue;
    }
    headers.emplace_back(field.name, field.value);
  }
  std::make_shared<GraphqlSocket>(std::move(socket), subprotocol == kModern, std::move(headers),
                                  loop, std::move(host), options)
      ->Begin();
}

}  // namespace joinery::edge
