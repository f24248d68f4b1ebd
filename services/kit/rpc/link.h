#pragma once

#include <nghttp2/nghttp2.h>

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_loop.h"

namespace joinery::kit::rpc {

// The identifier of a setting that a client of this library sends first. Peers that do not know it
// ignore it (RFC 9113, 6.5.2); the listener tells such clients by it.
inline constexpr int32_t kSettingMark = 0xf0a1;

// What a stream has to send.
struct Outgoing {
  std::string bytes;
  size_t sent = 0;
  bool ended = false;  // Nothing will be added.
  // Header fields behind the bytes; empty: the stream ends with them.
  std::vector<std::pair<std::string, std::string>> trailers;

  // Called once, from the loop, when few bytes are left.
  std::function<void()> on_drained;

  size_t left() const { return bytes.size() - sent; }
};

// More than a stream should hold back, and when it may take more.
inline constexpr size_t kMostOutgoing = 1 << 20;
inline constexpr size_t kFewOutgoing = 256 * 1024;

nghttp2_nv Field(std::string_view name, std::string_view value,
                 uint8_t flags = NGHTTP2_NV_FLAG_NONE);

// One HTTP/2 connection on one loop: nghttp2's session over a socket. What a turn of the loop adds
// is written at once. Loop thread only; kept alive by its pending reads and writes until it is
// closed.
class Link : public std::enable_shared_from_this<Link> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  virtual ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Closes the socket; OnClosed follows, later.
  void Close();
  bool closed() const { return closed_; }
  EventLoop& loop() { return loop_; }

 protected:
  Link(EventLoop& loop, Socket socket);

  // Sends `settings` and starts reading.
  void Begin(nghttp2_session* session, const std::vector<nghttp2_settings_entry>& settings);
  // Callbacks that both ends share; the session's user data is the Link.
  static nghttp2_session_callbacks* NewCallbacks();
  // A provider of the stream's bytes; `outgoing` lives until the stream is closed.
  static nghttp2_data_provider ProviderOf(Outgoing& outgoing);

  nghttp2_session* session() { return session_; }
  // Writes what the session wants to say, once the loop's turn is over.
  void ScheduleFlush();

  virtual void OnHeader(const nghttp2_frame& frame, std::string_view name,
                        std::string_view value) = 0;
  virtual void OnFrame(const nghttp2_frame& frame) = 0;
  virtual void OnData(int32_t stream, std::string_view bytes) = 0;
  virtual void OnStreamClosed(int32_t stream, uint32_t error_code) = 0;
  virtual void OnBytesRead() {}
  // Once, when the connection is gone.
  virtual void OnClosed() = 0;

 private:
  void Read();
  void OnRead(size_t size);
  void Flush();
  // False: the connection is gone, or the socket takes no more now.
  bool WriteOut();
  bool IsFull();

  EventLoop& loop_;
  Socket socket_;
  nghttp2_session* session_ = nullptr;
  std::vector<char> in_;
  std::string out_;
  size_t written_ = 0;
  bool in_session_ = false;  // Inside nghttp2: it must not be entered again.
  bool full_ = false;        // The session has more to say than was taken.
  bool flush_scheduled_ = false;
  bool waits_to_write_ = false;
  bool closed_ = false;
};

}  // namespace joinery::kit::rpc
