#include "services/kit/rpc/link.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace joinery::kit::rpc {
namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kMostUnwritten = 1 << 20;
constexpr size_t kMostPerFrame = 256 * 1024;
constexpr int32_t kStreamWindow = 4 << 20;
constexpr int32_t kConnectionWindow = 32 << 20;

std::string_view View(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

ssize_t ReadOutgoing(nghttp2_session* session, int32_t stream, uint8_t*, size_t most,
                     uint32_t* flags, nghttp2_data_source* source, void*) {
  auto& outgoing = *static_cast<Outgoing*>(source->ptr);
  const size_t take = std::min(most, outgoing.left());
  if (take == 0 && !outgoing.ended) return NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!outgoing.ended || take < outgoing.left()) return static_cast<ssize_t>(take);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!outgoing.trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : outgoing.trailers) fields.push_back(Field(name, value));
    nghttp2_submit_trailer(session, stream, fields.data(), fields.size());
  }
  return static_cast<ssize_t>(take);
}

}  // namespace

nghttp2_nv Field(std::string_view name, std::string_view value, uint8_t flags) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          flags};
}

Link::Link(EventLoop& loop, Socket socket)
    : loop_(loop), socket_(std::move(socket)), in_(kReadBytes) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

Link::~Link() {
  if (session_ != nullptr) nghttp2_session_del(session_);
}

nghttp2_session_callbacks* Link::NewCallbacks() {
  nghttp2_session_callbacks* out = nullptr;
  JOINERY_CHECK(nghttp2_session_callbacks_new(&out) == 0);
  nghttp2_session_callbacks_set_send_callback(
      out, [](nghttp2_session*, const uint8_t* bytes, size_t size, int, void* user) -> ssize_t {
        Link& self = *static_cast<Link*>(user);
        if (self.IsFull()) return NGHTTP2_ERR_WOULDBLOCK;
        self.out_.append(View(bytes, size));
        return static_cast<ssize_t>(size);
      });
  nghttp2_session_callbacks_set_send_data_callback(
      out, [](nghttp2_session*, nghttp2_frame*, const uint8_t* frame_head, size_t size,
              nghttp2_data_source* source, void* user) {
        Link& self = *static_cast<Link*>(user);
        if (self.IsFull()) return int{NGHTTP2_ERR_WOULDBLOCK};
        auto& outgoing = *static_cast<Outgoing*>(source->ptr);
        self.out_.append(View(frame_head, 9));
        self.out_.append(outgoing.bytes, outgoing.sent, size);
        outgoing.sent += size;
        if (outgoing.sent * 2 >= outgoing.bytes.size()) {
          outgoing.bytes.erase(0, outgoing.sent);
          outgoing.sent = 0;
        }
        if (outgoing.on_drained && outgoing.left() <= kFewOutgoing) {
          self.loop_.Post(std::exchange(outgoing.on_drained, nullptr));
        }
        return 0;
      });
  nghttp2_session_callbacks_set_data_source_read_length_callback(
      out, [](nghttp2_session*, uint8_t, int32_t, int32_t session_window, int32_t stream_window,
              uint32_t most_per_frame, void*) {
        const int64_t most = std::min<int64_t>(kMostPerFrame, most_per_frame);
        return static_cast<ssize_t>(std::min<int64_t>({most, session_window, stream_window}));
      });
  nghttp2_session_callbacks_set_on_header_callback(
      out, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
              const uint8_t* value, size_t value_size, uint8_t, void* user) {
        static_cast<Link*>(user)->OnHeader(*frame, View(name, name_size), View(value, value_size));
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      out, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        static_cast<Link*>(user)->OnFrame(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      out,
      [](nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t size, void* user) {
        static_cast<Link*>(user)->OnData(stream, View(bytes, size));
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      out, [](nghttp2_session*, int32_t stream, uint32_t error_code, void* user) {
        static_cast<Link*>(user)->OnStreamClosed(stream, error_code);
        return 0;
      });
  return out;
}

nghttp2_data_provider Link::ProviderOf(Outgoing& outgoing) {
  nghttp2_data_provider out{};
  out.source.ptr = &outgoing;
  out.read_callback = ReadOutgoing;
  return out;
}

void Link::Begin(nghttp2_session* session, const std::vector<nghttp2_settings_entry>& settings) {
  session_ = session;
  std::vector<nghttp2_settings_entry> all = settings;
  all.push_back({NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow});
  all.push_back({NGHTTP2_SETTINGS_MAX_FRAME_SIZE, kMostPerFrame});
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, all.data(), all.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  Flush();
  Read();
}

bool Link::IsFull() {
  full_ = out_.size() > kMostUnwritten;
  return full_;
}

void Link::Read() {
  if (closed_) return;
  socket_.async_read_some(
      boost::asio::buffer(in_),
      [self = shared_from_this()](boost::system::error_code error, size_t size) {
        if (self->closed_) return;
        if (error) return self->Close();
        self->OnRead(size);
      });
}

void Link::OnRead(size_t size) {
  in_session_ = true;
  const ssize_t used =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(in_.data()), size);
  in_session_ = false;
  if (used < 0) return Close();
  OnBytesRead();
  Flush();
  Read();
}

void Link::ScheduleFlush() {
  if (flush_scheduled_ || in_session_ || closed_) return;
  flush_scheduled_ = true;
  loop_.Post([self = shared_from_this()] {
    self->flush_scheduled_ = false;
    self->Flush();
  });
}

void Link::Flush() {
  if (closed_ || waits_to_write_) return;
  do {
    full_ = false;
    in_session_ = true;
    const int result = nghttp2_session_send(session_);
    in_session_ = false;
    if (result != 0) return Close();
    if (!WriteOut()) return;
  } while (full_);
  const bool finished =
      nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
  if (finished) Close();
}

bool Link::WriteOut() {
  while (written_ < out_.size()) {
    const ssize_t sent = send(socket_.native_handle(), out_.data() + written_,
                              out_.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      written_ += static_cast<size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      Close();
      return false;
    }
    waits_to_write_ = true;
    socket_.async_wait(Socket::wait_write,
                       [self = shared_from_this()](boost::system::error_code error) {
                         self->waits_to_write_ = false;
                         if (!error) self->Flush();
                       });
    return false;
  }
  out_.clear();
  written_ = 0;
  return true;
}

void Link::Close() {
  if (std::exchange(closed_, true)) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
  loop_.Post([self = shared_from_this()] { self->OnClosed(); });
}

}  // namespace joinery::kit::rpc
