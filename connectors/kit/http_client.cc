#include "connectors/kit/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <mutex>
#include <unordered_map>

#include "base/strings.h"

namespace joinery::connectors {
namespace {

namespace asio = boost::asio;

// One call; owned by its easy handle's private pointer until it ends.
struct Transfer {
  HttpRequest request;
  HttpResponse response;
  std::function<void(HttpResponse)> done;
  std::shared_ptr<Cancellation> cancellation;
  uint64_t cancel_id = 0;
  curl_slist* headers = nullptr;
  CURL* easy = nullptr;
  char error[CURL_ERROR_SIZE] = "";

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
  return line.size();
}

CURL* Prepare(const CallContext& context, Transfer& transfer) {
  CURL* easy = curl_easy_init();
  transfer.easy = easy;
  for (const auto& [name, value] : transfer.request.headers) {
    // libcurl drops "name:" and sends "name;" as an empty field.
    const std::string line = value.empty() ? StrCat(name, ";") : StrCat(name, ": ", value);
    transfer.headers = curl_slist_append(transfer.headers, line.c_str());
  }
  transfer.headers = curl_slist_append(transfer.headers, "Expect:");
  const auto timeout = std::min(transfer.request.timeout, context.remaining());
  curl_easy_setopt(easy, CURLOPT_URL, transfer.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer.request.body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                   static_cast<curl_off_t>(transfer.request.body.size()));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer.headers);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<int64_t>(1, timeout.count())));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer.error);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &transfer);
  return easy;
}

void Conclude(Transfer& transfer, CURLcode code) {
  long status = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  if (code == CURLE_OK || transfer.response.outcome != HttpResponse::Outcome::kAnswered) return;
  transfer.response.outcome = code == CURLE_OPERATION_TIMEDOUT ? HttpResponse::Outcome::kTimeout
                                                               : HttpResponse::Outcome::kFailed;
  transfer.response.failure = curl_easy_strerror(code);
}

}  // namespace

// The calls of one loop: libcurl's multi interface, its sockets and its timer on the loop.
class HttpClient::LoopClient {
 public:
  explicit LoopClient(EventLoop& loop) : loop_(loop), timer_(loop.context()), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, OnSocket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, OnTimer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  }

  ~LoopClient() {
    for (auto& [easy, transfer] : transfers_) {
      if (transfer->cancel_id != 0) transfer->cancellation->Forget(transfer->cancel_id);
      curl_multi_remove_handle(multi_, easy);
    }
    transfers_.clear();
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
    curl_multi_cleanup(multi_);
    for (auto& [fd, socket] : sockets_) socket->descriptor.release();
  }

  void Send(const CallContext& context, HttpRequest request, std::function<void(HttpResponse)> done) {
    auto transfer = std::make_unique<Transfer>();
    transfer->request = std::move(request);
    transfer->done = std::move(done);
    transfer->cancellation = context.cancellation;
    CURL* easy = Prepare(context, *transfer);
    Transfer& kept = *transfers_.emplace(easy, std::move(transfer)).first->second;
    if (context.cancellation != nullptr) {
      kept.cancel_id = context.cancellation->OnCancel(
          [this, easy] { loop_.Post([this, easy] { Cancel(easy); }); });
    }
    curl_multi_add_handle(multi_, easy);
  }

 private:
  struct Socket {
    explicit Socket(asio::io_context& context) : descriptor(context) {}
    asio::posix::stream_descriptor descriptor;
    int wanted = 0;
    bool reading = false;
    bool writing = false;
  };

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
      const auto it = sockets_.find(fd);
      if (it == sockets_.end()) return;
      it->second->descriptor.release();
      sockets_.erase(it);
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

  void Arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket) {
    using Wait = asio::posix::descriptor_base;
    if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading) {
      socket->reading = true;
      socket->descriptor.async_wait(Wait::wait_read, [this, fd, socket](boost::system::error_code e) {
        socket->reading = false;
        OnReady(fd, socket, CURL_CSELECT_IN, e);
      });
    }
    if ((socket->wanted & CURL_POLL_OUT) != 0 && !socket->writing) {
      socket->writing = true;
      socket->descriptor.async_wait(Wait::wait_write, [this, fd, socket](boost::system::error_code e) {
        socket->writing = false;
        OnReady(fd, socket, CURL_CSELECT_OUT, e);
      });
    }
  }

  void OnReady(curl_socket_t fd, const std::shared_ptr<Socket>& socket, int events,
               boost::system::error_code error) {
    const auto known = sockets_.find(fd);
    if (error == asio::error::operation_aborted || known == sockets_.end() || known->second != socket) {
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

  void SetTimer(long milliseconds) {
    if (milliseconds < 0) {
      timer_.cancel();
      return;
    }
    timer_.expires_after(std::chrono::milliseconds(milliseconds));
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      int running = 0;
      curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
      Collect();
    });
  }

  void Collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      End(message->easy_handle, [code](Transfer& transfer) { Conclude(transfer, code); });
    }
  }

  void Cancel(CURL* easy) {
    End(easy, [](Transfer& transfer) {
      transfer.response.outcome = HttpResponse::Outcome::kCancelled;
    });
  }

  template <typename Finish>
  void End(CURL* easy, const Finish& finish) {
    const auto it = transfers_.find(easy);
    if (it == transfers_.end()) return;
    std::unique_ptr<Transfer> transfer = std::move(it->second);
    transfers_.erase(it);
    curl_multi_remove_handle(multi_, easy);
    finish(*transfer);
    if (transfer->cancel_id != 0) transfer->cancellation->Forget(transfer->cancel_id);
    transfer->done(std::move(transfer->response));
  }

  EventLoop& loop_;
  asio::steady_timer timer_;
  CURLM* const multi_;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
};

class HttpClient::Impl {
 public:
  LoopClient& Of(EventLoop& loop) {
    std::lock_guard lock(mutex_);
    std::unique_ptr<LoopClient>& client = by_context_[&loop.context()];
    if (client == nullptr) client = std::make_unique<LoopClient>(loop);
    return *client;
  }

 private:
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
  Transfer transfer;
  transfer.request = request;
  Conclude(transfer, curl_easy_perform(Prepare(context, transfer)));
  return std::move(transfer.response);
}

}  // namespace joinery::connectors
