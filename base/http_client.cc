#include "base/http_client.h"

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/strings.h"

namespace joinery {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

constexpr size_t kMaxIdleTransfers = 64;
constexpr size_t kMaxKnownClients = 8;

// One call with its easy handle; kept for the next call when it ends.
struct Transfer {
  uint64_t id = 0;
  HttpRequest request;
  HttpResponse response;
  std::function<void(HttpResponse)> done;
  std::shared_ptr<Cancellation> cancellation;
  uint64_t cancel_id = 0;
  curl_slist* headers = nullptr;
  CURL* easy = nullptr;

  ~Transfer() {
    curl_slist_free_all(headers);
    if (easy != nullptr) curl_easy_cleanup(easy);
  }
};

size_t OnBody(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const size_t bytes = size * count;
  if (transfer.response.body.size() + bytes > transfer.request.max_response_bytes) {
    transfer.response.outcome = HttpResponse::Outcome::kTooLarge;
    return 0;
  }
  transfer.response.body.append(data, bytes);
  return bytes;
}

size_t OnHeader(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  const size_t colon = line.find(':');
  if (colon == line.npos) return line.size();
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (EqualsIgnoreCase(name, "set-cookie")) transfer.response.set_cookies.emplace_back(value);
  if (EqualsIgnoreCase(name, "content-type")) transfer.response.content_type = value;
  if (EqualsIgnoreCase(name, "cache-control")) transfer.response.cache_control = value;
  if (EqualsIgnoreCase(name, "expires")) transfer.response.expires = value;
  return line.size();
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& transfer = *static_cast<Transfer*>(user);
  return transfer.cancellation != nullptr && transfer.cancellation->cancelled() ? 1 : 0;
}

// Whether the environment may name a proxy; libcurl asks it anew for each call.
bool MayHaveProxy() {
  static const bool may = [] {
    for (const char* name :
         {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}) {
      if (std::getenv(name) != nullptr) return true;
    }
    return false;
  }();
  return may;
}

// What is the same for all calls of a handle.
std::unique_ptr<Transfer> NewTransfer() {
  auto transfer = std::make_unique<Transfer>();
  CURL* easy = transfer->easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  if (!MayHaveProxy()) curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer.get());
  return transfer;
}

// Variables of a session may hold anything; a header may not.
void AppendHeader(std::string_view name, std::string_view value, curl_slist*& list) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (name.empty() || std::ranges::any_of(name, is_control) || name.find(':') != name.npos) return;
  // libcurl drops "name:" and sends "name;" as an empty field.
  std::string line = value.empty() ? StrCat(name, ";") : StrCat(name, ": ", value);
  std::ranges::replace_if(line, is_control, ' ');
  list = curl_slist_append(list, line.c_str());
}

void Prepare(const CallContext& context, Transfer& transfer) {
  CURL* easy = transfer.easy;
  const HttpRequest& request = transfer.request;
  for (const auto& [name, value] : request.headers) AppendHeader(name, value, transfer.headers);
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  const auto timeout = std::min(request.timeout, context.remaining());
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  if (request.method == "GET") {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  } else {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
  }
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
  curl_easy_setopt(
      easy, CURLOPT_HTTP_VERSION,
      static_cast<long>(request.http2_prior_knowledge ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                                      : CURL_HTTP_VERSION_2TLS));
  // Waits for a connection that may carry many calls, where one may: else calls would start one by
  // one.
  const bool multiplexes =
      request.http2_prior_knowledge || StartsWithIgnoreCase(request.url, "https:");
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, multiplexes ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(request.max_response_bytes));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(std::max<int64_t>(1, timeout.count())));
}

void Conclude(Transfer& transfer, CURLcode code) {
  using Outcome = HttpResponse::Outcome;
  HttpResponse& response = transfer.response;
  long status = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  if (code == CURLE_OK || response.outcome != Outcome::kAnswered) return;
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      response.outcome = Outcome::kTimeout;
      break;
    case CURLE_FILESIZE_EXCEEDED:
      response.outcome = Outcome::kTooLarge;
      break;
    case CURLE_ABORTED_BY_CALLBACK:
      response.outcome = Outcome::kCancelled;
      break;
    default:
      response.outcome = Outcome::kFailed;
  }
  response.failure = curl_easy_strerror(code);
}

// Why a call is not worth its start.
std::optional<HttpResponse> EndedBefore(const CallContext& context) {
  HttpResponse response;
  if (context.cancelled()) {
    response.outcome = HttpResponse::Outcome::kCancelled;
  } else if (context.remaining().count() == 0) {
    response.outcome = HttpResponse::Outcome::kTimeout;
  } else {
    return std::nullopt;
  }
  return response;
}

}  // namespace

// The calls of one loop: libcurl's multi interface, its sockets and its timer on the loop.
class HttpClient::LoopClient {
 public:
  explicit LoopClient(EventLoop& loop)
      : loop_(loop), timer_(loop.context()), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  }

  ~LoopClient() {
    for (auto& [id, transfer] : transfers_) {
      if (transfer->cancel_id != 0) transfer->cancellation->Forget(transfer->cancel_id);
      curl_multi_remove_handle(multi_, transfer->easy);
    }
    transfers_.clear();
    idle_.clear();
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
    curl_multi_cleanup(multi_);
    for (auto& [fd, socket] : sockets_) socket->descriptor.release();
  }

  void Send(const CallContext& context, HttpRequest request,
            std::function<void(HttpResponse)> done) {
    if (std::optional<HttpResponse> ended = EndedBefore(context)) {
      return loop_.Post([done = std::move(done), response = *std::move(ended)]() mutable {
        done(std::move(response));
      });
    }
    std::unique_ptr<Transfer> owned = TakeTransfer();
    Transfer& transfer = *owned;
    transfer.id = next_id_++;
    transfer.request = std::move(request);
    transfer.response = {};
    transfer.done = std::move(done);
    transfer.cancellation = context.cancellation;
    transfers_.emplace(transfer.id, std::move(owned));
    Prepare(context, transfer);
    curl_multi_add_handle(multi_, transfer.easy);
    if (context.cancellation == nullptr) return;
    transfer.cancel_id = context.cancellation->OnCancel(
        [this, id = transfer.id] { loop_.Post([this, id] { Cancel(id); }); });
  }

 private:
  struct Socket {
    explicit Socket(asio::io_context& context) : descriptor(context) {}
    asio::posix::stream_descriptor descriptor;
    int wanted = 0;
    bool reading = false;
    bool writing = false;
  };

  static curl_socket_t OnOpen(void* user, curlsocktype, curl_sockaddr* address) {
    const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0) static_cast<LoopClient*>(user)->connections_.insert(fd);
    return fd < 0 ? CURL_SOCKET_BAD : fd;
  }

  static int OnClose(void* user, curl_socket_t fd) {
    auto& self = *static_cast<LoopClient*>(user);
    self.connections_.erase(fd);
    self.Release(fd);
    return close(fd);
  }

  static int OnSocket(CURL*, curl_socket_t fd, int what, void* user, void*) {
    static_cast<LoopClient*>(user)->SetInterest(fd, what);
    return 0;
  }

  static int OnTimer(CURLM*, long milliseconds, void* user) {
    static_cast<LoopClient*>(user)->SetTimer(milliseconds);
    return 0;
  }

  void SetInterest(curl_socket_t fd, int what) {
    if (what == CURL_POLL_REMOVE) {
      // A kept connection stays known to the loop: two system calls less for the next call. Other
      // sockets of libcurl's (resolvers') are closed without a word.
      const auto it = sockets_.find(fd);
      if (it != sockets_.end()) it->second->wanted = 0;
      if (!connections_.contains(fd)) Release(fd);
      return;
    }
    std::shared_ptr<Socket>& socket = sockets_[fd];
    if (socket == nullptr) {
      socket = std::make_shared<Socket>(loop_.context());
      socket->descriptor.assign(fd);
    }
    socket->wanted = what;
    Arm(fd, socket);
  }

  void Release(curl_socket_t fd) {
    const auto it = sockets_.find(fd);
    if (it == sockets_.end()) return;
    it->second->descriptor.release();
    sockets_.erase(it);
  }

  void Arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket) {
    using Wait = asio::posix::descriptor_base;
    if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading) {
      socket->reading = true;
      socket->descriptor.async_wait(Wait::wait_read,
                                    [this, fd, socket](boost::system::error_code e) {
                                      socket->reading = false;
                                      OnReady(fd, socket, CURL_CSELECT_IN, e);
                                    });
    }
    if ((socket->wanted & CURL_POLL_OUT) != 0 && !socket->writing) {
      socket->writing = true;
      socket->descriptor.async_wait(Wait::wait_write,
                                    [this, fd, socket](boost::system::error_code e) {
                                      socket->writing = false;
                                      OnReady(fd, socket, CURL_CSELECT_OUT, e);
                                    });
    }
  }

  void OnReady(curl_socket_t fd, const std::shared_ptr<Socket>& socket, int events,
               boost::system::error_code error) {
    const auto known = sockets_.find(fd);
    if (error == asio::error::operation_aborted || known == sockets_.end() ||
        known->second != socket) {
      return;
    }
    const bool interested = (events == CURL_CSELECT_IN && (socket->wanted & CURL_POLL_IN) != 0) ||
                            (events == CURL_CSELECT_OUT && (socket->wanted & CURL_POLL_OUT) != 0);
    if (!interested) return;
    int running = 0;
    curl_multi_socket_action(multi_, fd, error ? CURL_CSELECT_ERR : events, &running);
    Collect();
    const auto still = sockets_.find(fd);
    if (still != sockets_.end() && still->second == socket) Arm(fd, socket);
  }

  // libcurl moves its timer several times per call, mostly to "now" or further away, and setting a
  // timer is a costly system call. So "now" is a task, and a timer that is set too early stays and
  // is set again when it fires.
  void SetTimer(long milliseconds) {
    if (milliseconds < 0) {
      due_ = Clock::time_point::max();
      return;
    }
    due_ = Clock::now() + std::chrono::milliseconds(milliseconds);
    if (milliseconds > 0) return Arm();
    if (std::exchange(posted_, true)) return;
    asio::post(loop_.context(), [this] {
      posted_ = false;
      OnDue();
    });
  }

  void Arm() {
    if (due_ >= armed_) return;
    armed_ = due_;
    timer_.expires_at(due_);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      armed_ = Clock::time_point::max();
      OnDue();
    });
  }

  void OnDue() {
    if (due_ == Clock::time_point::max()) return;
    if (Clock::now() < due_) return Arm();
    due_ = Clock::time_point::max();
    int running = 0;
    curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    Collect();
  }

  void Collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      char* user = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
      auto& transfer = *reinterpret_cast<Transfer*>(user);
      Conclude(transfer, code);
      End(transfer.id);
    }
  }

  // By id: the handle may serve another call by now.
  void Cancel(uint64_t id) {
    const auto it = transfers_.find(id);
    if (it == transfers_.end()) return;
    it->second->response.outcome = HttpResponse::Outcome::kCancelled;
    End(id);
  }

  void End(uint64_t id) {
    auto node = transfers_.extract(id);
    std::unique_ptr<Transfer> transfer = std::move(node.mapped());
    curl_multi_remove_handle(multi_, transfer->easy);
    if (transfer->cancel_id != 0) transfer->cancellation->Forget(transfer->cancel_id);
    const auto done = std::move(transfer->done);
    HttpResponse response = std::move(transfer->response);
    GiveTransfer(std::move(transfer));
    done(std::move(response));
  }

  std::unique_ptr<Transfer> TakeTransfer() {
    if (idle_.empty()) {
      auto fresh = NewTransfer();
      curl_easy_setopt(fresh->easy, CURLOPT_OPENSOCKETFUNCTION, OnOpen);
      curl_easy_setopt(fresh->easy, CURLOPT_OPENSOCKETDATA, this);
      curl_easy_setopt(fresh->easy, CURLOPT_CLOSESOCKETFUNCTION, OnClose);
      curl_easy_setopt(fresh->easy, CURLOPT_CLOSESOCKETDATA, this);
      return fresh;
    }
    std::unique_ptr<Transfer> transfer = std::move(idle_.back());
    idle_.pop_back();
    return transfer;
  }

  void GiveTransfer(std::unique_ptr<Transfer> transfer) {
    if (idle_.size() >= kMaxIdleTransfers) return;
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, nullptr);
    curl_slist_free_all(transfer->headers);
    transfer->headers = nullptr;
    transfer->request = {};
    transfer->done = nullptr;
    transfer->cancellation = nullptr;
    transfer->cancel_id = 0;
    idle_.push_back(std::move(transfer));
  }

  EventLoop& loop_;
  asio::steady_timer timer_;
  Clock::time_point due_ = Clock::time_point::max();    // When libcurl wants to be called.
  Clock::time_point armed_ = Clock::time_point::max();  // When the timer fires.
  bool posted_ = false;
  CURLM* const multi_;
  uint64_t next_id_ = 1;
  std::unordered_map<uint64_t, std::unique_ptr<Transfer>> transfers_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::unordered_set<curl_socket_t> connections_;
};

class HttpClient::Impl {
 public:
  // Each thread remembers the few that it used, so that only its first call takes the lock.
  LoopClient& Of(EventLoop& loop) {
    struct Known {
      uint64_t impl;
      const asio::io_context* context;
      LoopClient* client;
    };
    static thread_local std::vector<Known> known;
    for (const Known& one : known) {
      if (one.impl == id_ && one.context == &loop.context()) return *one.client;
    }
    std::lock_guard lock(mutex_);
    std::unique_ptr<LoopClient>& client = by_context_[&loop.context()];
    if (client == nullptr) client = std::make_unique<LoopClient>(loop);
    if (known.size() >= kMaxKnownClients) known.clear();
    known.push_back({id_, &loop.context(), client.get()});
    return *client;
  }

 private:
  static uint64_t NextId() {
    static std::atomic<uint64_t> last{0};
    return ++last;
  }

  const uint64_t id_ = NextId();
  std::mutex mutex_;
  std::map<asio::io_context*, std::unique_ptr<LoopClient>> by_context_;
};

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)initialised;
}

HttpClient::~HttpClient() = default;

void HttpClient::Send(const CallContext& context, EventLoop& loop, HttpRequest request,
                      std::function<void(HttpResponse)> done) {
  impl_->Of(loop).Send(context, std::move(request), std::move(done));
}

HttpResponse HttpClient::SendAndWait(const CallContext& context, const HttpRequest& request) {
  if (std::optional<HttpResponse> ended = EndedBefore(context)) return *std::move(ended);
  const std::unique_ptr<Transfer> transfer = NewTransfer();
  transfer->request = request;
  transfer->cancellation = context.cancellation;
  curl_easy_setopt(transfer->easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(transfer->easy, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(transfer->easy, CURLOPT_XFERINFODATA, transfer.get());
  Prepare(context, *transfer);
  Conclude(*transfer, curl_easy_perform(transfer->easy));
  return std::move(transfer->response);
}

}  // namespace joinery
