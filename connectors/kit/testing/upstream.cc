#include "connectors/kit/testing/upstream.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <mutex>
#include <optional>
#include <thread>

#include "base/strings.h"

namespace joinery::connectors::testing {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

class Upstream::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(Script script)
      : script_(std::move(script)), acceptor_(context_, {asio::ip::make_address("127.0.0.1"), 0}) {}

  void Start() {
    Accept();
    thread_ = std::thread([this] { context_.run(); });
  }

  void Stop() {
    context_.stop();
    thread_.join();
  }

  uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void SetScript(Script script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }

  std::vector<Call> calls() const {
    std::lock_guard lock(mutex_);
    return calls_;
  }

  size_t connections() const {
    std::lock_guard lock(mutex_);
    return connections_;
  }

  size_t most_parallel() const {
    std::lock_guard lock(mutex_);
    return most_parallel_;
  }

 private:
  class Session : public std::enable_shared_from_this<Session> {
   public:
    Session(Impl& server, Tcp::socket socket)
        : server_(server), socket_(std::move(socket)), timer_(server.context_) {
      socket_.set_option(Tcp::no_delay(true));
    }

    void Read() {
      parser_.emplace();
      parser_->body_limit(uint64_t{256} << 20);
      http::async_read(socket_, buffer_, *parser_,
                       [self = shared_from_this()](boost::system::error_code error, size_t) {
                         if (!error) self->Handle();
                       });
    }

   private:
    void Handle() {
      const auto& request = parser_->get();
      Call call{.target = std::string(request.target()), .body = request.body()};
      for (const auto& field : request) {
        call.headers[ToLower(std::string(field.name_string()))] = std::string(field.value());
      }
      reply_ = server_.Answer(call);
      if (reply_.delay.count() == 0) return Write();
      timer_.expires_after(reply_.delay);
      timer_.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error) self->Write();
      });
    }

    void Write() {
      if (reply_.kind == Reply::Kind::kNever) return server_.silent_.push_back(shared_from_this());
      server_.Ended();
      if (reply_.kind == Reply::Kind::kDrop) return socket_.close();
      out_ = StrCat("HTTP/1.1 ", reply_.status, " Scripted\r\n");
      for (const auto& [name, value] : reply_.headers) StrAppend(out_, name, ": ", value, "\r\n");
      if (reply_.chunk == 0) {
        StrAppend(out_, "Content-Length: ", reply_.body.size(), "\r\n\r\n", reply_.body);
      } else {
        out_.append("Transfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0; at < reply_.body.size(); at += reply_.chunk) {
          const std::string piece = reply_.body.substr(at, reply_.chunk);
          char size[20];
          std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
          StrAppend(out_, std::string(size), piece, "\r\n");
        }
        out_.append("0\r\n\r\n");
      }
      const bool truncate = reply_.kind == Reply::Kind::kTruncate;
      if (truncate) out_.resize(out_.size() - reply_.body.size() / 2);
      asio::async_write(
          socket_, asio::buffer(out_),
          [self = shared_from_this(), truncate](boost::system::error_code error, size_t) {
            if (truncate) return self->socket_.close();
            if (!error) self->Read();
          });
    }

    Impl& server_;
    Tcp::socket socket_;
    asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    Reply reply_;
    std::string out_;
  };

  void Accept() {
    acceptor_.async_accept([this](boost::system::error_code error, Tcp::socket socket) {
      if (error) return;
      {
        std::lock_guard lock(mutex_);
        ++connections_;
      }
      std::make_shared<Session>(*this, std::move(socket))->Read();
      Accept();
    });
  }

  Reply Answer(const Call& call) {
    Script script;
    {
      std::lock_guard lock(mutex_);
      calls_.push_back(call);
      most_parallel_ = std::max(most_parallel_, ++parallel_);
      script = script_;
    }
    return script(call);
  }

  void Ended() {
    std::lock_guard lock(mutex_);
    --parallel_;
  }

  mutable std::mutex mutex_;
  Script script_;
  std::vector<Call> calls_;
  size_t connections_ = 0;
  size_t parallel_ = 0;
  size_t most_parallel_ = 0;
  asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Session>> silent_;  // Their connections stay open.
  std::thread thread_;
};

Upstream::Upstream(Script script) : impl_(std::make_shared<Impl>(std::move(script))) {
  impl_->Start();
}

Upstream::~Upstream() { impl_->Stop(); }

std::string Upstream::url(const std::string& path) const {
  return StrCat("http://127.0.0.1:", impl_->port(), path);
}

void Upstream::SetScript(Script script) { impl_->SetScript(std::move(script)); }
std::vector<Call> Upstream::calls() const { return impl_->calls(); }
size_t Upstream::connections() const { return impl_->connections(); }
size_t Upstream::most_parallel() const { return impl_->most_parallel(); }

std::string UnusedUrl() {
  asio::io_context context;
  Tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), 0});
  return StrCat("http://127.0.0.1:", acceptor.local_endpoint().port(), "/");
}

}  // namespace joinery::connectors::testing
