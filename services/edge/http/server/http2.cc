#include "services/edge/http/server/http2.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/event_loop.h"
#include "base/strings.h"
#include "services/edge/http/server/exchange.h"
#include "services/edge/http/server/http2_stream.h"
#include "services/edge/http/server/status_line.h"

namespace joinery::edge::http {
namespace {

constexpr uint32_t kStreamWindow = 1 << 20;
constexpr int32_t kConnectionWindow = 8 << 20;
constexpr uint64_t kResetBurst = 200;  // Streams a client may reset at once, and per second after.
constexpr uint64_t kResetRate = 33;

template <typename T, void (*kDelete)(T*)>
struct Deleter {
  void operator()(T* object) const { kDelete(object); }
};
using Session = std::unique_ptr<nghttp2_session, Deleter<nghttp2_session, nghttp2_session_del>>;
using Callbacks =
    std::unique_ptr<nghttp2_session_callbacks,
                    Deleter<nghttp2_session_callbacks, nghttp2_session_callbacks_del>>;
using Option = std::unique_ptr<nghttp2_option, Deleter<nghttp2_option, nghttp2_option_del>>;

std::string_view View(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

nghttp2_nv Field(std::string_view name, std::string_view value) {
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

class Http2 final : public Protocol, public ResponseSink {
 public:
  explicit Http2(Connection& connection);
  ~Http2() override { DetachStreams(); }

  void OnBytes(std::string_view bytes) override;
  void OnDrained() override;
  void OnDeadline() override;
  void OnServerDrain() override;
  void OnClosed() override { DetachStreams(); }

  void WriteWhole(Exchange& exchange, const AnswerHead& head, Body body) override;
  void WriteHead(Exchange& exchange, const AnswerHead& head) override;
  bool WriteChunk(Exchange& exchange, std::string chunk) override;
  void WriteEnd(Exchange& exchange) override;
  void Abort(Exchange& exchange) override;
  void Unanswered(Exchange& exchange) override;
  std::unique_ptr<ByteStream> Upgrade(Exchange&, HeaderSpan) override { return nullptr; }

 private:
  Worker& worker() { return connection_.worker(); }
  const Limits& limits() { return worker().options.limits; }
  Http2Stream* Find(int32_t id) {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
  }

  static Callbacks MakeCallbacks();
  int OnBeginHeaders(const nghttp2_frame& frame);
  int OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int OnFrame(const nghttp2_frame& frame);
  int OnData(int32_t id, std::string_view bytes);
  int OnStreamClose(int32_t id);
  ssize_t OnSend(std::string_view bytes);
  ssize_t ReadData(Http2Stream& stream, size_t size, uint32_t* flags);
  int SendData(Http2Stream& stream, const uint8_t* frame_head, size_t size);

  void Dispatch(Http2Stream& stream);
  // Ends a request that will not reach the handler.
  void Refuse(Http2Stream& stream, int status);
  void SubmitHead(Http2Stream& stream, const AnswerHead& head, bool has_body);
  // Hands what the session wants to send to the connection.
  void Pump();
  void RenewDeadline();
  // The client has taken some of the stream's output, or gets some to take.
  void WatchOutput(Http2Stream& stream);
  void TimeOut(Http2Stream& stream);
  void DetachStreams();

  bool OutputIsFull() {
    output_full_ = connection_.output().bytes() > limits().write_buffer_bytes;
    return output_full_;
  }

  Connection& connection_;
  Session session_;
  Http2Stream* streams_ = nullptr;  // A list.
  bool in_session_ = false;         // Inside nghttp2: it must not be entered again.
  bool output_full_ = false;        // The session stopped because of it.
  bool draining_ = false;
};

Callbacks Http2::MakeCallbacks() {
  nghttp2_session_callbacks* raw = nullptr;
  nghttp2_session_callbacks_new(&raw);
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      raw, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return static_cast<Http2*>(self)->OnBeginHeaders(*frame);
      });
  nghttp2_session_callbacks_set_on_header_callback(
      raw, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
              const uint8_t* value, size_t value_size, uint8_t, void* self) {
        return static_cast<Http2*>(self)->OnHeader(*frame, View(name, name_size),
                                                   View(value, value_size));
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      raw, [](nghttp2_session*, const nghttp2_frame* frame, void* self) {
        return static_cast<Http2*>(self)->OnFrame(*frame);
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      raw, [](nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size,
              void* self) { return static_cast<Http2*>(self)->OnData(id, View(bytes, size)); });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      raw, [](nghttp2_session*, int32_t id, uint32_t, void* self) {
        return static_cast<Http2*>(self)->OnStreamClose(id);
      });
  nghttp2_session_callbacks_set_send_callback(
      raw, [](nghttp2_session*, const uint8_t* bytes, size_t size, int, void* self) {
        return static_cast<Http2*>(self)->OnSend(View(bytes, size));
      });
  nghttp2_session_callbacks_set_send_data_callback(
      raw, [](nghttp2_session*, nghttp2_frame*, const uint8_t* frame_head, size_t size,
              nghttp2_data_source* source, void* self) {
        return static_cast<Http2*>(self)->SendData(*static_cast<Http2Stream*>(source->ptr),
                                                   frame_head, size);
      });
  return Callbacks(raw);
}

Http2::Http2(Connection& connection) : connection_(connection) {
  nghttp2_option* raw_option = nullptr;
  nghttp2_option_new(&raw_option);
  const Option option(raw_option);
  nghttp2_option_set_stream_reset_rate_limit(raw_option, kResetBurst, kResetRate);
  nghttp2_option_set_max_send_header_block_length(raw_option, 256 * 1024);
  const Callbacks callbacks = MakeCallbacks();
  nghttp2_session* raw = nullptr;
  nghttp2_session_server_new2(&raw, callbacks.get(), this, raw_option);
  session_.reset(raw);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits().max_concurrent_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits().max_head_bytes)},
  };
  nghttp2_submit_settings(raw, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(raw, NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
  RenewDeadline();
}

void Http2::OnBytes(std::string_view bytes) {
  in_session_ = true;
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  in_session_ = false;
  if (connection_.closed()) return;
  if (taken < 0) {
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_PROTOCOL_ERROR);
  }
  Pump();
}

int Http2::OnBeginHeaders(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  auto* stream = new Http2Stream(worker().loop, this, frame.hd.stream_id);
  stream->LinkInto(&streams_);
  stream->receive_by = worker().now + limits().request_read_timeout;
  stream->remote_address = connection_.remote_address();
  stream->request.remote_address = stream->remote_address;
  stream->request.remote_port = connection_.remote_port();
  stream->request.is_tls = connection_.is_tls();
  nghttp2_session_set_stream_user_data(session_.get(), stream->id, stream);
  RenewDeadline();
  return 0;
}

int Http2::OnHeader(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  if (frame.hd.type != NGHTTP2_HEADERS || frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  Http2Stream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr || stream->refuse_with != 0) return 0;
  // RFC 9113, 6.5.2: 32 bytes for each field, as SETTINGS_MAX_HEADER_LIST_SIZE counts.
  stream->head_size += name.size() + value.size() + 32;
  if (stream->head_size > limits().max_head_bytes) {
    stream->refuse_with = 431;
  } else {
    stream->AddField(name, value);
  }
  return 0;
}

int Http2::OnFrame(const nghttp2_frame& frame) {
  const bool is_headers = frame.hd.type == NGHTTP2_HEADERS;
  if (!is_headers && frame.hd.type != NGHTTP2_DATA) return 0;
  Http2Stream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr || stream->phase != Exchange::Phase::kReceiving) return 0;
  if (is_headers && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    const int status =
        stream->refuse_with != 0
            ? stream->refuse_with
            : stream->FinishHead({limits().max_target_bytes, limits().max_header_count});
    if (status != 0) {
      Refuse(*stream, status);
      return 0;
    }
    if (stream->content_length > limits().max_body_bytes) {
      Refuse(*stream, 413);
      return 0;
    }
  }
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) Dispatch(*stream);
  return 0;
}

int Http2::OnData(int32_t id, std::string_view bytes) {
  Http2Stream* stream = Find(id);
  if (stream == nullptr || stream->phase != Exchange::Phase::kReceiving) return 0;
  std::string& body = stream->request.body;
  if (bytes.size() > limits().max_body_bytes - body.size()) {
    Refuse(*stream, 413);
    return 0;
  }
  const size_t needed = body.size() + bytes.size() + Request::kBodyPadding;
  if (needed > body.capacity()) body.reserve(std::max(needed, body.capacity() * 2));
  body.append(bytes);
  return 0;
}

int Http2::OnStreamClose(int32_t id) {
  Http2Stream* stream = Find(id);
  if (stream == nullptr) return 0;
  stream->Unlink();
  stream->Detach();
  RenewDeadline();
  return 0;
}

void Http2::Dispatch(Http2Stream& stream) {
  std::string& body = stream.request.body;
  body.reserve(body.size() + Request::kBodyPadding);
  stream.phase = Exchange::Phase::kWaiting;
  worker().handler(stream.request, ResponseWriter(&stream));
}

void Http2::Refuse(Http2Stream& stream, int status) {
  stream.phase = Exchange::Phase::kEnded;
  stream.discards_request = status != 500;
  const auto& options = worker().options;
  const HeaderField type[] = {{"content-type", options.error_content_type}};
  Body body(options.error_body ? options.error_body(status, ReasonOf(status))
                               : std::string(ReasonOf(status)));
  const std::span<const HeaderField> headers(type);
  AnswerHead head{.status = status, .headers = headers, .length = body.size()};
  WriteWhole(stream, head, std::move(body));
}

void Http2::SubmitHead(Http2Stream& stream, const AnswerHead& head, bool has_body) {
  const std::string status = StrCat(head.status);
  std::string length;
  std::vector<std::string> names;  // Lower-case copies of those that need one.
  names.reserve(head.headers.size());
  std::vector<nghttp2_nv> fields;
  fields.reserve(head.headers.size() + 5);
  fields.push_back(Field(":status", status));
  fields.push_back(Field("date", worker().date));
  for (const HeaderField& field : head.headers) {
    if (!IsSendable(field.name, field.value)) continue;
    names.push_back(ToLower(field.name));
    fields.push_back(Field(names.back(), field.value));
  }
  if (head.gzip) fields.push_back(Field("content-encoding", "gzip"));
  if (head.vary) fields.push_back(Field("vary", "accept-encoding"));
  if (head.length && head.status != 204 && head.status != 304) {
    StrAppend(length, *head.length);
    fields.push_back(Field("content-length", length));
  }
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = [](nghttp2_session*, int32_t, uint8_t*, size_t size, uint32_t* flags,
                              nghttp2_data_source* source, void* self) {
    return static_cast<Http2*>(self)->ReadData(*static_cast<Http2Stream*>(source->ptr), size,
                                               flags);
  };
  nghttp2_submit_response(session_.get(), stream.id, fields.data(), fields.size(),
                          has_body ? &provider : nullptr);
}

void Http2::WriteWhole(Exchange& exchange, const AnswerHead& head, Body body) {
  auto& stream = static_cast<Http2Stream&>(exchange);
  const bool has_body = !body.empty() && stream.request.method != Method::kHead &&
                        head.status != 204 && head.status != 304;
  if (has_body) stream.output.Append(std::move(body));
  stream.output_ended = true;
  SubmitHead(stream, head, has_body);
  WatchOutput(stream);
  Pump();
}

void Http2::WriteHead(Exchange& exchange, const AnswerHead& head) {
  auto& stream = static_cast<Http2Stream&>(exchange);
  stream.has_body =
      stream.request.method != Method::kHead && head.status != 204 && head.status != 304;
  SubmitHead(stream, head, stream.has_body);
  Pump();
}

bool Http2::WriteChunk(Exchange& exchange, std::string chunk) {
  auto& stream = static_cast<Http2Stream&>(exchange);
  if (!stream.has_body || chunk.empty()) return true;
  stream.output.Append(Body(std::move(chunk)));
  nghttp2_session_resume_data(session_.get(), stream.id);
  WatchOutput(stream);
  Pump();
  return stream.output.size() <= limits().write_buffer_bytes;
}

void Http2::WriteEnd(Exchange& exchange) {
  auto& stream = static_cast<Http2Stream&>(exchange);
  stream.output_ended = true;
  if (stream.has_body) nghttp2_session_resume_data(session_.get(), stream.id);
  Pump();
}

void Http2::Abort(Exchange& exchange) {
  auto& stream = static_cast<Http2Stream&>(exchange);
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
  Pump();
}

void Http2::Unanswered(Exchange& exchange) {
  const bool streaming = exchange.phase == Exchange::Phase::kStreaming;
  exchange.phase = Exchange::Phase::kEnded;
  if (streaming) return Abort(exchange);
  auto& stream = static_cast<Http2Stream&>(exchange);
  Refuse(stream, 500);
}

ssize_t Http2::ReadData(Http2Stream& stream, size_t size, uint32_t* flags) {
  const size_t take = std::min(size, stream.output.size());
  if (take == 0 && !stream.output_ended) return NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (stream.output_ended && take == stream.output.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(take);
}

ssize_t Http2::OnSend(std::string_view bytes) {
  if (OutputIsFull()) return NGHTTP2_ERR_WOULDBLOCK;
  connection_.output().Tail().append(bytes);
  return static_cast<ssize_t>(bytes.size());
}

int Http2::SendData(Http2Stream& stream, const uint8_t* frame_head, size_t size) {
  OutputQueue& output = connection_.output();
  if (OutputIsFull()) return NGHTTP2_ERR_WOULDBLOCK;
  output.Tail().append(View(frame_head, 9));
  output.Append(stream.output.Take(size));
  if (stream.on_drained && stream.output.size() <= limits().write_buffer_bytes / 2) {
    worker().loop.Post(std::exchange(stream.on_drained, nullptr));
  }
  stream.write_by = Clock::time_point::max();
  WatchOutput(stream);
  return 0;
}

void Http2::Pump() {
  if (in_session_ || connection_.closed()) return;
  // More than the output may hold leaves in rounds, as long as the socket takes each whole.
  do {
    in_session_ = true;
    const int result = nghttp2_session_send(session_.get());
    in_session_ = false;
    if (result != 0) return connection_.Close();
    if (!output_full_) break;
    output_full_ = false;
    in_session_ = true;
    connection_.FlushNow();
    in_session_ = false;
    if (connection_.closed()) return;
  } while (connection_.output().empty());
  const bool finished = (nghttp2_session_want_read(session_.get()) == 0 &&
                         nghttp2_session_want_write(session_.get()) == 0) ||
                        (draining_ && streams_ == nullptr);
  if (finished) return connection_.CloseAfterFlush();
  connection_.Flush();
}

void Http2::OnDrained() { Pump(); }

void Http2::RenewDeadline() {
  if (streams_ == nullptr) return connection_.SetDeadline(limits().idle_timeout);
  auto first = Clock::time_point::max();
  for (const Http2Stream* s = streams_; s != nullptr; s = s->next()) {
    first = std::min(first, s->deadline());
  }
  if (first == Clock::time_point::max()) return connection_.ClearDeadline();
  connection_.SetDeadline(
      std::chrono::duration_cast<std::chrono::milliseconds>(first - worker().now));
}

// What flow control holds back is nobody's else to watch: the connection has nothing to write.
void Http2::WatchOutput(Http2Stream& stream) {
  if (stream.output.size() == 0) {
    stream.write_by = Clock::time_point::max();
  } else if (stream.write_by == Clock::time_point::max()) {
    stream.write_by = worker().now + limits().write_timeout;
    connection_.AdvanceDeadline(stream.write_by);
  }
}

void Http2::OnDeadline() {
  if (streams_ == nullptr) {
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);
    return Pump();
  }
  for (Http2Stream* s = streams_; s != nullptr;) {
    Http2Stream* next = s->next();
    if (s->deadline() <= worker().now) TimeOut(*s);
    s = next;
  }
  RenewDeadline();
  Pump();
}

void Http2::TimeOut(Http2Stream& stream) {
  if (stream.write_by <= worker().now) {
    stream.write_by = Clock::time_point::max();
    stream.discards_request = false;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_CANCEL);
  } else if (stream.phase == Exchange::Phase::kReceiving) {
    in_session_ = true;  // The caller pumps, once for all streams.
    Refuse(stream, 408);
    in_session_ = false;
    stream.receive_by = worker().now + limits().request_read_timeout;
  } else {
    stream.discards_request = false;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_NO_ERROR);
  }
}

void Http2::OnServerDrain() {
  draining_ = true;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  Pump();
}

void Http2::DetachStreams() {
  while (streams_ != nullptr) {
    Http2Stream* stream = streams_;
    stream->Unlink();
    if (session_ != nullptr) {
      nghttp2_session_set_stream_user_data(session_.get(), stream->id, nullptr);
    }
    stream->Detach();
  }
}

}  // namespace

std::unique_ptr<Protocol> MakeHttp2(Connection& connection) {
  return std::make_unique<Http2>(connection);
}

}  // namespace joinery::edge::http
