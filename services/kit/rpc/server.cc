#include "services/kit/rpc/server.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "base/strings.h"
#include "services/kit/rpc/framing.h"
#include "services/kit/rpc/link.h"

namespace joinery::kit::rpc {
namespace {

constexpr size_t kMostMessageBytes = size_t{256} << 20;
constexpr size_t kMostHeaderBytes = 64 * 1024;
constexpr uint32_t kMostStreams = 10'000;

class ServerLink;

// One call and its stream. The link and the handler share it; whoever ends later frees it.
class Stream final : public ServerCall, public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::weak_ptr<ServerLink> link, int32_t id) : id(id), link_(std::move(link)) {
    context.cancellation = std::make_shared<Cancellation>();
  }

  bool Write(std::string framed, std::function<void()> go_on) override;
  void Finish(const Status& status) override;

  const int32_t id;
  std::string path;
  CallContext context;
  MessageReader reader{kMostMessageBytes};
  std::optional<std::string> message;
  size_t header_bytes = 0;
  Outgoing outgoing;
  bool dispatched = false;
  bool head_sent = false;
  bool finished = false;
  bool gone = false;  // The stream is closed.

 private:
  const std::weak_ptr<ServerLink> link_;
};

class ServerLink final : public Link {
 public:
  ServerLink(EventLoop& loop, Socket socket, const CallHandler& handler,
             std::function<void(ServerLink*)> closed)
      : Link(loop, std::move(socket)), handler_(handler), closed_(std::move(closed)) {}

  void Start() {
    nghttp2_session_callbacks* callbacks = NewCallbacks();
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
          return static_cast<ServerLink*>(static_cast<Link*>(user))->OnBegin(*frame);
        });
    nghttp2_session* session = nullptr;
    JOINERY_CHECK(nghttp2_session_server_new(&session, callbacks, static_cast<Link*>(this)) == 0);
    nghttp2_session_callbacks_del(callbacks);
    Begin(session, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMostStreams},
                    {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMostHeaderBytes}});
  }

  void Leave() {
    if (closed()) return;
    nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session()), NGHTTP2_NO_ERROR,
                          nullptr, 0);
    ScheduleFlush();  // Closes when no stream is left.
  }

  void SendHead(Stream& stream) {
    const nghttp2_nv fields[] = {Field(":status", "200"),
                                 Field("content-type", "application/grpc")};
    const nghttp2_data_provider provider = ProviderOf(stream.outgoing);
    nghttp2_submit_response(session(), stream.id, fields, std::size(fields), &provider);
  }

  // An answer without a message: one block of fields.
  void SendStatus(Stream& stream, const Status& status) {
    const std::string code = StrCat(static_cast<int>(status.code()));
    const std::string message = EncodeStatusMessage(MessageOf(status));
    std::vector<nghttp2_nv> fields = {Field(":status", "200"),
                                      Field("content-type", "application/grpc"),
                                      Field("grpc-status", code)};
    if (!message.empty()) fields.push_back(Field("grpc-message", message));
    nghttp2_submit_response(session(), stream.id, fields.data(), fields.size(), nullptr);
  }

  void Resume(Stream& stream) {
    nghttp2_session_resume_data(session(), stream.id);
    ScheduleFlush();
  }
  void Wake() { ScheduleFlush(); }

 private:
  Stream* Find(int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session(), id));
  }

  int OnBegin(const nghttp2_frame& frame) {
    if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    auto stream = std::make_shared<Stream>(std::static_pointer_cast<ServerLink>(shared_from_this()),
                                           frame.hd.stream_id);
    nghttp2_session_set_stream_user_data(session(), stream->id, stream.get());
    streams_.emplace(stream->id, std::move(stream));
    return 0;
  }

  void OnHeader(const nghttp2_frame& frame, std::string_view name,
                std::string_view value) override {
    Stream* stream = Find(frame.hd.stream_id);
    if (stream == nullptr || stream->dispatched) return;
    stream->header_bytes += name.size() + value.size() + 32;
    if (stream->header_bytes > kMostHeaderBytes) {
      return Refuse(*stream, ResourceExhausted("the header fields are too large"));
    }
    if (name == ":path") stream->path = value;
    if (name == "grpc-timeout") {
      const auto timeout = DecodeTimeout(value);
      if (!timeout) return Refuse(*stream, Internal("grpc-timeout cannot be read"));
      stream->context.deadline = CallContext::Clock::now() + *timeout;
    }
  }

  void OnData(int32_t id, std::string_view bytes) override {
    Stream* stream = Find(id);
    while (stream != nullptr && !stream->dispatched && !bytes.empty()) {
      if (stream->message) return Refuse(*stream, Unimplemented("one message per call"));
      const Status status = stream->reader.Read(bytes, stream->message);
      if (!status.ok()) return Refuse(*stream, status);
    }
  }

  void OnFrame(const nghttp2_frame& frame) override {
    const bool carries = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
    if (!carries || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
    const auto found = streams_.find(frame.hd.stream_id);
    if (found == streams_.end() || found->second->dispatched) return;
    const std::shared_ptr<Stream> stream = found->second;
    if (!stream->message) return Refuse(*stream, Internal("a call without a message"));
    stream->dispatched = true;
    handler_({stream->path, *stream->message, stream->context, loop()}, stream);
    stream->message.reset();
  }

  void Refuse(Stream& stream, const Status& status) {
    stream.dispatched = true;
    stream.Finish(status);
  }

  void OnStreamClosed(int32_t id, uint32_t) override {
    const auto node = streams_.extract(id);
    if (node.empty()) return;
    End(*node.mapped());
  }

  static void End(Stream& stream) {
    stream.gone = true;
    if (!stream.finished) stream.context.cancellation->Cancel();
  }

  void OnClosed() override {
    for (auto& [id, stream] : std::exchange(streams_, {})) End(*stream);
    closed_(this);
  }

  const CallHandler& handler_;
  const std::function<void(ServerLink*)> closed_;
  std::unordered_map<int32_t, std::shared_ptr<Stream>> streams_;
};

bool Stream::Write(std::string framed, std::function<void()> go_on) {
  const auto link = link_.lock();
  if (gone || finished || link == nullptr || link->closed()) return true;
  if (outgoing.bytes.empty()) {
    outgoing.bytes = std::move(framed);
  } else {
    outgoing.bytes.append(framed);
  }
  if (std::exchange(head_sent, true)) {
    link->Resume(*this);
  } else {
    link->SendHead(*this);
    link->Wake();
  }
  if (outgoing.left() <= kMostOutgoing) return true;
  outgoing.on_drained = std::move(go_on);
  return false;
}

void Stream::Finish(const Status& status) {
  if (std::exchange(finished, true)) return;
  const auto link = link_.lock();
  if (gone || link == nullptr || link->closed()) return;
  if (!head_sent) {
    link->SendStatus(*this, status);
    return link->Wake();
  }
  outgoing.trailers.emplace_back("grpc-status", StrCat(static_cast<int>(status.code())));
  if (!MessageOf(status).empty()) {
    outgoing.trailers.emplace_back("grpc-message", EncodeStatusMessage(MessageOf(status)));
  }
  outgoing.ended = true;
  link->Resume(*this);
}

}  // namespace

// Lives until the last connection has ended.
class Server::State : public std::enable_shared_from_this<State> {
 public:
  explicit State(CallHandler handler) : handler_(std::move(handler)) {}

  void Add(EventLoop& loop, Link::Socket socket) {
    auto link = std::make_shared<ServerLink>(
        loop, std::move(socket), handler_,
        [self = shared_from_this()](ServerLink* closed) { self->Remove(closed); });
    {
      std::lock_guard lock(mutex_);
      links_.emplace(link.get(), link);
    }
    loop.Post([self = shared_from_this(), link] {
      link->Start();
      std::unique_lock lock(self->mutex_);
      const bool leave = self->draining_;
      lock.unlock();
      if (leave) link->Leave();
    });
  }

  bool Drain(std::chrono::milliseconds grace) {
    TellAll(&ServerLink::Leave);
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, grace, [this] { return links_.empty(); });
  }

  void Abort() { TellAll(&ServerLink::Close); }

 private:
  template <typename What>
  void TellAll(What what) {
    std::lock_guard lock(mutex_);
    draining_ = true;
    for (const auto& [raw, weak] : links_) {
      const auto link = weak.lock();
      if (link != nullptr) link->loop().Post([link, what] { ((*link).*what)(); });
    }
  }

  void Remove(ServerLink* link) {
    std::lock_guard lock(mutex_);
    links_.erase(link);
    ended_.notify_all();
  }

  const CallHandler handler_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::unordered_map<ServerLink*, std::weak_ptr<ServerLink>> links_;
  bool draining_ = false;
};

Server::Server(CallHandler handler) : state_(std::make_shared<State>(std::move(handler))) {}

Server::~Server() = default;

void Server::Add(EventLoop& loop, Link::Socket socket) { state_->Add(loop, std::move(socket)); }

void Server::Abort() { state_->Abort(); }

bool Server::Drain(std::chrono::milliseconds grace) { return state_->Drain(grace); }

}  // namespace joinery::kit::rpc
