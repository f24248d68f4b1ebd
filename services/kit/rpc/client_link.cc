#include "services/kit/rpc/client_link.h"

#include <utility>

#include "base/check.h"
#include "base/strings.h"

namespace joinery::kit::rpc {
namespace {

constexpr std::chrono::seconds kPingAfter{20};
constexpr std::chrono::seconds kPingPatience{5};
constexpr std::string_view kLost = "the connection was lost";

// What an answer without a gRPC status means, by its HTTP status (gRPC's http-grpc-status-mapping).
Status FromHttp(int status) {
  const std::string message = StrCat("the server answered with HTTP status ", status);
  switch (status) {
    case 400:
      return Internal(message);
    case 401:
      return MakeStatus(StatusCode::kUnauthenticated, message);
    case 403:
      return MakeStatus(StatusCode::kPermissionDenied, message);
    case 404:
      return Unimplemented(message);
    case 429:
    case 502:
    case 503:
    case 504:
      return Unavailable(message);
    default:
      return MakeStatus(StatusCode::kUnknown, message);
  }
}

Status FromReset(uint32_t error_code) {
  const std::string message = StrCat("the stream ended with HTTP/2 error ", error_code);
  switch (error_code) {
    case NGHTTP2_REFUSED_STREAM:
      return Unavailable(message);
    case NGHTTP2_CANCEL:
      return Cancelled(message);
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return ResourceExhausted(message);
    default:
      return Internal(message);
  }
}

Status StatusOf(const ClientCall& call, uint32_t error_code) {
  if (call.grpc_status) {
    const int code = *call.grpc_status;
    if (code == 0 && !call.reader.at_boundary()) return Internal("the last message was cut off");
    if (code == 0) return OkStatus();
    return MakeStatus(static_cast<StatusCode>(code), DecodeStatusMessage(call.grpc_message));
  }
  if (error_code != NGHTTP2_NO_ERROR) return FromReset(error_code);
  if (call.http_status != 0 && call.http_status != 200) return FromHttp(call.http_status);
  return Internal("the stream ended without a status");
}

}  // namespace

std::shared_ptr<ClientLink> ClientLink::Make(EventLoop& loop, Socket socket, std::string authority,
                                             Events events) {
  std::shared_ptr<ClientLink> out(
      new ClientLink(loop, std::move(socket), std::move(authority), std::move(events)));
  nghttp2_session_callbacks* callbacks = NewCallbacks();
  nghttp2_option* option = nullptr;
  JOINERY_CHECK(nghttp2_option_new(&option) == 0);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_session* session = nullptr;
  JOINERY_CHECK(
      nghttp2_session_client_new2(&session, callbacks, static_cast<Link*>(out.get()), option) == 0);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  out->Begin(session, {{kSettingMark, 1}, {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}});
  return out;
}

ClientLink::ClientLink(EventLoop& loop, Socket socket, std::string authority, Events events)
    : Link(loop, std::move(socket)),
      authority_(std::move(authority)),
      events_(std::move(events)),
      heard_(Clock::now()) {}

ClientCall* ClientLink::Find(int32_t stream) {
  return static_cast<ClientCall*>(nghttp2_session_get_stream_user_data(session(), stream));
}

void ClientLink::Start(std::shared_ptr<ClientCall> call) {
  ++call->attempts;
  call->link = std::static_pointer_cast<ClientLink>(shared_from_this());
  call->outgoing = {.bytes = call->call.message, .ended = true};
  std::string timeout;
  std::vector<nghttp2_nv> fields = {
      Field(":method", "POST"),        Field(":scheme", "http"),
      Field(":path", call->call.path), Field(":authority", authority_),
      Field("te", "trailers"),         Field("content-type", "application/grpc"),
      Field("user-agent", "joinery")};
  if (call->context.deadline != Clock::time_point::max()) {
    timeout = EncodeTimeout(call->context.remaining());
    fields.push_back(Field("grpc-timeout", timeout));
  }
  const nghttp2_data_provider provider = ProviderOf(call->outgoing);
  call->stream = nghttp2_submit_request(session(), nullptr, fields.data(), fields.size(), &provider,
                                        call.get());
  if (call->stream < 0) {
    // Stream ids are used up: the next connection has new ones. Not from inside Call.
    leaving_ = true;
    return loop().Post([self = std::static_pointer_cast<ClientLink>(shared_from_this()), call] {
      self->events_.lost();
      self->events_.unfinished(call, Unavailable(kLost), /*unseen=*/true);
    });
  }
  calls_.emplace(call->stream, std::move(call));
  ScheduleFlush();
}

void ClientLink::Abandon(ClientCall& call) {
  if (closed()) return;
  nghttp2_session_set_stream_user_data(session(), call.stream, nullptr);
  nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, call.stream, NGHTTP2_CANCEL);
  ScheduleFlush();
}

void ClientLink::Leave() {
  if (std::exchange(leaving_, true) || closed()) return;
  nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  ScheduleFlush();  // Closes when no stream is left.
}

void ClientLink::KeepAlive(Clock::time_point now) {
  if (closed()) return;
  const auto quiet = now - heard_;
  if (pinged_ && quiet > kPingAfter + kPingPatience) return Close();
  if (pinged_ || quiet < kPingAfter) return;
  pinged_ = true;
  nghttp2_submit_ping(session(), NGHTTP2_FLAG_NONE, nullptr);
  ScheduleFlush();
}

void ClientLink::EndOverdue(Clock::time_point now) {
  std::vector<std::shared_ptr<ClientCall>> overdue;
  for (const auto& [stream, call] : calls_) {
    if (!call->done() && call->context.deadline <= now) overdue.push_back(call);
  }
  for (const auto& call : overdue) {
    Abandon(*call);
    call->Finish(DeadlineExceeded("the deadline passed"));
  }
}

void ClientLink::OnHeader(const nghttp2_frame& frame, std::string_view name,
                          std::string_view value) {
  ClientCall* call = Find(frame.hd.stream_id);
  if (call == nullptr) return;
  if (name == ":status") call->http_status = static_cast<int>(ParseInt64(value).value_or(0));
  if (name == "grpc-status") call->grpc_status = static_cast<int>(ParseInt64(value).value_or(2));
  if (name == "grpc-message") call->grpc_message = value;
}

void ClientLink::OnFrame(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY) {
    leaving_ = true;
    events_.lost();
  } else if (frame.hd.type == NGHTTP2_SETTINGS && !ready_) {
    ready_ = true;
    events_.ready();
  }
}

void ClientLink::GiveWindow(const ClientCall& call, size_t bytes) {
  if (closed() || bytes == 0) return;
  nghttp2_session_consume_stream(session(), call.stream, bytes);
  ScheduleFlush();
}

void ClientCall::Resume() {
  if (!std::exchange(paused, false)) return;
  const auto held = link.lock();
  if (held != nullptr) held->GiveWindow(*this, std::exchange(withheld, 0));
}

void ClientLink::OnData(int32_t stream, std::string_view bytes) {
  // A call that is held back does not hold back those beside it.
  nghttp2_session_consume_connection(session(), bytes.size());
  const size_t size = bytes.size();
  TakeMessages(stream, bytes);
  ClientCall* call = Find(stream);
  if (call != nullptr && call->paused) {
    call->withheld += size;
  } else {
    nghttp2_session_consume_stream(session(), stream, size);
  }
}

void ClientLink::TakeMessages(int32_t stream, std::string_view bytes) {
  while (!bytes.empty()) {
    ClientCall* call = Find(stream);
    if (call == nullptr || call->done()) return;
    std::optional<std::string> message;
    if (Status status = call->reader.Read(bytes, message); !status.ok()) {
      Abandon(*call);
      return call->Finish(std::move(status));
    }
    if (!message) return;
    call->answered = true;
    call->sink->OnMessage(*std::move(message), *call);
  }
}

void ClientLink::OnStreamClosed(int32_t stream, uint32_t error_code) {
  const auto node = calls_.extract(stream);
  if (node.empty()) return;
  const std::shared_ptr<ClientCall>& call = node.mapped();
  if (call->done()) return;
  if (error_code == NGHTTP2_REFUSED_STREAM && !call->grpc_status) {
    return events_.unfinished(call, Unavailable("the server refused the call"), /*unseen=*/true);
  }
  call->Finish(StatusOf(*call, error_code));
}

void ClientLink::OnBytesRead() {
  heard_ = Clock::now();
  pinged_ = false;
}

void ClientLink::OnClosed() {
  events_.lost();
  auto calls = std::exchange(calls_, {});
  for (auto& [stream, call] : calls) {
    if (!call->done()) {
      events_.unfinished(std::move(call), Unavailable(kLost), /*unseen=*/false);
    }
  }
  events_ = {[] {}, [] {}, [](std::shared_ptr<ClientCall>, Status, bool) {}};
}

}  // namespace joinery::kit::rpc
