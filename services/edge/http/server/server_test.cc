#include "services/edge/http/server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <atomic>
#include <cstdio>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "services/edge/http/server/test_client.h"

namespace joinery::edge::http {
namespace {

using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string Post(std::string_view path, std::string_view body, std::string_view fields = "") {
  return StrCat("POST ", path, " HTTP/1.1\r\nHost: a\r\n", fields, "Content-Length: ", body.size(),
                "\r\n\r\n", body);
}
std::string Get(std::string_view path, std::string_view fields = "") {
  return StrCat("GET ", path, " HTTP/1.1\r\nHost: a\r\n", fields, "\r\n");
}

std::string Unpack(std::string_view packed) {
  z_stream stream{};
  inflateInit2(&stream, 15 + 16);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  out.resize(result == Z_STREAM_END ? out.size() - stream.avail_out : 0);
  inflateEnd(&stream);
  return out;
}

std::string BodyOf(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

// What a shell command prints.
std::string Shell(const std::string& command) {
  std::string out;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return out;
  char buffer[4096];
  while (const size_t n = std::fread(buffer, 1, sizeof(buffer), pipe)) out.append(buffer, n);
  ::pclose(pipe);
  return out;
}
bool Has(const char* tool) { return !Shell(StrCat("command -v ", tool)).empty(); }

class ServerTest : public testing::Test {
 protected:
  void StartServer(ServerOptions options = {}) {
    options.address = "127.0.0.1";
    const Status status = server_.Start(
        std::move(options), [this](Request& r, ResponseWriter w) { Answer(r, std::move(w)); });
    ASSERT_TRUE(status.ok()) << status;
  }

  void Answer(Request& request, ResponseWriter writer) {
    ++requests_;
    if (request.path == "/echo") {
      writer.Send(200, {{"content-type", "text/plain"}}, std::move(request.body));
    } else if (request.path == "/later") {
      writer.Post([writer, body = request.body]() mutable { writer.Send(200, {}, body); });
    } else if (request.path == "/big") {
      const auto chunk = std::make_shared<const std::string>(100'000, 'x');
      Body body;
      for (int i = 0; i < 30; ++i) body.AppendShared(*chunk, chunk);
      writer.Send(200, {}, std::move(body));
    } else if (request.path == "/gzip") {
      writer.Send(200, {}, std::string(10'000, 'g'), {.gzip_level = 1});
    } else if (request.path == "/stream") {
      writer.Start(200, {}, {.gzip_level = request.query == "gzip" ? 1 : 0});
      writer.Write("one,");
      writer.Write("two");
      writer.Finish();
    } else if (request.path == "/endless") {
      writer.Start(200, {});
      Pour(writer, 0);
    } else if (request.path == "/wait") {
      writer.OnClose([this] { closed_.set_value(); });
      held_.push_back(std::move(writer));
      holding_.set_value();
    } else if (request.path == "/wait-quietly") {
      // The writer in its own callback keeps the request open until then.
      writer.OnClose([this, writer] { ++closes_; });
    } else if (request.path == "/inject") {
      writer.Send(200, {{"x-a", "b\r\nx-evil: c"}}, "ok");
    } else if (request.path == "/upgrade") {
      TakeOver(writer);
    }  // Anything else: unanswered.
  }

  // Writes 20 MB as fast as the client takes it.
  void Pour(ResponseWriter writer, int count) {
    while (count < 200) {
      ++count;
      if (!writer.Write(std::string(100'000, 's'), [=, this] { Pour(writer, count); })) {
        ++stalls_;
        return;
      }
    }
    writer.Finish();
  }

  void TakeOver(ResponseWriter& writer) {
    stream_ = writer.Upgrade({{"upgrade", "shout"}});
    if (stream_ == nullptr) return writer.Send(400, {}, "no");
    stream_->Start(
        [this](std::string_view bytes) {
          if (bytes == "bye") return stream_.reset();
          stream_->Write(StrCat("<", bytes, ">"));
        },
        [this] { closed_.set_value(); });
  }

  std::string Ask(std::string_view request) {
    RawClient client(server_.port());
    client.Send(request);
    return client.ReadAnswer();
  }

  EventLoops loops_{2};
  std::atomic<int> requests_{0};
  std::atomic<int> stalls_{0};
  std::atomic<int> closes_{0};
  std::promise<void> holding_;
  std::promise<void> closed_;
  std::vector<ResponseWriter> held_;
  std::unique_ptr<ByteStream> stream_;
  Server server_{loops_};
};

TEST_F(ServerTest, KeepsTheConnectionForTheNextRequest) {
  StartServer();
  RawClient client(server_.port());
  for (const std::string_view path : {"/echo", "/later", "/echo"}) {
    client.Send(Post(path, "hello"));
    const std::string answer = client.ReadAnswer();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\ndate: "));
    EXPECT_THAT(answer, EndsWith("content-length: 5\r\n\r\nhello"));
  }
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  StartServer();
  RawClient client(server_.port());
  std::string all;
  for (int i = 0; i < 500; ++i) all += Post(i % 2 == 0 ? "/later" : "/echo", StrCat("n", i));
  client.Send(all);
  for (int i = 0; i < 500; ++i) ASSERT_EQ(BodyOf(client.ReadAnswer()), StrCat("n", i));
}

TEST_F(ServerTest, UnderstandsARequestInSingleBytes) {
  StartServer();
  RawClient client(server_.port());
  const std::string request = "\r\n" + Post("/echo", "abc");
  for (const char c : request) client.Send({&c, 1});
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "abc");
}

TEST_F(ServerTest, DecodesChunkedBodies) {
  StartServer();
  RawClient client(server_.port());
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  client.Send(request + request);
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "abcde");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "abcde");
}

TEST_F(ServerTest, TakesLargeBodies) {
  StartServer();
  const std::string body(5'000'000, 'b');
  EXPECT_EQ(BodyOf(Ask(Post("/echo", body))), body);
}

TEST_F(ServerTest, SendsLargeAnswersToSlowReaders) {
  StartServer();
  EXPECT_EQ(BodyOf(Ask(Get("/big"))).size(), 3'000'000u);
}

TEST_F(ServerTest, SaysContinueBeforeAnExpectedBody) {
  StartServer();
  RawClient client(server_.port());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("ok");
  EXPECT_EQ(BodyOf(client.ReadAnswer()), "ok");
}

TEST_F(ServerTest, CountsButDoesNotSendTheBodyForHead) {
  StartServer();
  RawClient client(server_.port());
  client.Send("HEAD /big HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(client.ReadUntil("\r\n\r\n"), HasSubstr("content-length: 3000000\r\n"));
  client.Send(Post("/echo", "next"));
  EXPECT_THAT(client.ReadUntil("next"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, ClosesWhenToldTo) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Post("/echo", "x", "Connection: close\r\n"));
  EXPECT_THAT(client.ReadToEnd(), HasSubstr("connection: close\r\n"));
  EXPECT_TRUE(client.saw_end());
}

TEST_F(ServerTest, SpeaksHttp10) {
  StartServer();
  RawClient client(server_.port());
  client.Send("GET /stream HTTP/1.0\r\n\r\n");
  const std::string answer = client.ReadToEnd();
  EXPECT_TRUE(client.saw_end());
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_EQ(BodyOf(answer), "one,two");
}

TEST_F(ServerTest, StreamsInChunks) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Get("/stream"));
  EXPECT_THAT(client.ReadUntil("0\r\n\r\n"),
              EndsWith("\r\n\r\n4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\n"));
}

TEST_F(ServerTest, HoldsBackAWriterThatIsFasterThanItsReader) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Get("/endless"));
  EXPECT_GT(client.ReadUntil("\r\n0\r\n\r\n").size(), 20'000'000u);
  EXPECT_GT(stalls_, 0);
}

TEST_F(ServerTest, PacksWhenBothSidesWant) {
  StartServer();
  const std::string packed = Ask(Get("/gzip", "Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(packed, HasSubstr("content-encoding: gzip\r\nvary: accept-encoding\r\n"));
  EXPECT_EQ(Unpack(BodyOf(packed)), std::string(10'000, 'g'));
  const std::string plain = Ask(Get("/gzip"));
  EXPECT_THAT(plain, Not(HasSubstr("content-encoding")));
  EXPECT_THAT(plain, HasSubstr("vary: accept-encoding\r\n"));
  EXPECT_EQ(BodyOf(plain), std::string(10'000, 'g'));
}

TEST_F(ServerTest, AnswersTheForgottenWith500) {
  StartServer();
  EXPECT_THAT(Ask(Get("/nothing")), StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST_F(ServerTest, DropsFieldsThatWouldSplitTheAnswer) {
  StartServer();
  const std::string answer = Ask(Get("/inject"));
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("evil")));
}

TEST_F(ServerTest, TellsWhenTheClientGoesAway) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Get("/wait"));
  ASSERT_EQ(holding_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
  client.Close();
  EXPECT_EQ(closed_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
}

TEST_F(ServerTest, NoticesAClientThatHangsUpRightBehindItsRequest) {
  ServerOptions options;
  options.limits.idle_timeout = milliseconds(400);  // Ticks each 100 ms.
  StartServer(std::move(options));
  for (int i = 0; i < 50; ++i) {
    RawClient client(server_.port());
    client.Send(Get("/wait-quietly"));
  }
  const auto end = std::chrono::steady_clock::now() + milliseconds(5000);
  while (closes_ < 50 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(closes_, 50);
}

TEST_F(ServerTest, StopTellsRequestsInFlight) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Get("/wait"));
  ASSERT_EQ(holding_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
  server_.Stop();
  EXPECT_EQ(closed_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
  EXPECT_EQ(server_.connections(), 0u);
}

TEST_F(ServerTest, DrainLetsRequestsEnd) {
  StartServer();
  RawClient idle(server_.port());
  idle.Send(Post("/echo", "x"));
  idle.ReadAnswer();
  RawClient other(server_.port());  // Takes the second loop, so that these two share the first.
  RawClient busy(server_.port());
  busy.Send(Get("/wait"));
  ASSERT_EQ(holding_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
  auto drained =
      std::async(std::launch::async, [this] { return server_.Drain(milliseconds(5000)); });
  EXPECT_EQ(idle.ReadToEnd(), "");
  EXPECT_TRUE(idle.saw_end());
  ResponseWriter writer = std::move(held_.front());
  held_.clear();
  writer.Post([writer]() mutable { writer.Send(200, {}, "done"); });
  writer = ResponseWriter();
  const std::string answer = busy.ReadAnswer();
  EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
  EXPECT_EQ(BodyOf(answer), "done");
  idle.Close();
  busy.Close();
  EXPECT_TRUE(drained.get());
}

TEST_F(ServerTest, DrainGivesUpInTheEnd) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Get("/wait"));
  ASSERT_EQ(holding_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
  EXPECT_FALSE(server_.Drain(milliseconds(20)));
}

TEST_F(ServerTest, HandsOutTheConnection) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Get("/upgrade", "Connection: Upgrade\r\nUpgrade: shout\r\n") + "early");
  const std::string head = client.ReadUntil("\r\n\r\n");
  EXPECT_THAT(head, StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(head, HasSubstr("upgrade: shout\r\nconnection: upgrade\r\n"));
  EXPECT_EQ(client.ReadUntil(">"), "<early>");
  client.Send("hello");
  EXPECT_EQ(client.ReadUntil(">"), "<hello>");
  client.Send("bye");
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_TRUE(client.saw_end());
}

TEST_F(ServerTest, TellsATakenConnectionOfItsEnd) {
  StartServer();
  RawClient client(server_.port());
  client.Send(Get("/upgrade", "Connection: Upgrade\r\nUpgrade: shout\r\n"));
  client.ReadUntil("\r\n\r\n");
  client.Close();
  EXPECT_EQ(closed_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
}

TEST_F(ServerTest, DoesNotUpgradeUnasked) {
  StartServer();
  EXPECT_THAT(Ask(Get("/upgrade")), StartsWith("HTTP/1.1 400 "));
}

TEST_F(ServerTest, RefusesBadAddressesAndFiles) {
  EXPECT_EQ(server_.Start({.address = "nowhere"}, nullptr).message(),
            "\"nowhere\" is not a numeric IPv4 or IPv6 address");
  Server second(loops_);
  EXPECT_EQ(second.Start({.certificate_file = "a"}, nullptr).code(), StatusCode::kInvalidArgument);
}

struct RefusalCase {
  const char* name;
  std::string request;
  const char* status;
};

class RefusalTest : public ServerTest, public testing::WithParamInterface<RefusalCase> {};

TEST_P(RefusalTest, SaysWhyAndCloses) {
  ServerOptions options;
  options.limits.max_head_bytes = 2048;
  options.limits.max_target_bytes = 1024;
  options.limits.max_body_bytes = 100'000;
  options.limits.request_read_timeout = milliseconds(100);
  options.error_body = [](int status, std::string_view) { return StrCat("E", status); };
  StartServer(std::move(options));
  RawClient client(server_.port());
  client.Send(GetParam().request);
  const std::string answer = client.ReadToEnd();
  EXPECT_THAT(answer, StartsWith(StrCat("HTTP/1.1 ", GetParam().status)));
  EXPECT_THAT(answer, HasSubstr("connection: close\r\n"));
  EXPECT_EQ(BodyOf(answer), StrCat("E", std::string_view(GetParam().status).substr(0, 3)));
  EXPECT_TRUE(client.saw_end());
  EXPECT_EQ(requests_, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, RefusalTest,
    testing::Values(
        RefusalCase{"garbage", "\x16\x03\x01 hello\r\n\r\n", "400 Bad Request"},
        RefusalCase{"smuggled",
                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n",
                    "400 Bad Request"},
        RefusalCase{"slow", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
                    "408 Request Timeout"},
        RefusalCase{"slow_head", "POST / HT", "408 Request Timeout"},
        RefusalCase{"large", Post("/", std::string(100'001, 'b')), "413 Content Too Large"},
        RefusalCase{"large_chunked",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
                    "413 Content Too Large"},
        RefusalCase{"bad_chunk",
                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                    "400 Bad Request"},
        RefusalCase{"long_target", Get("/" + std::string(1024, 'a')), "414 URI Too Long"},
        RefusalCase{"endless_target", "GET /" + std::string(4096, 'a'), "414 URI Too Long"},
        RefusalCase{"long_head", Get("/", "X: " + std::string(4096, 'a') + "\r\n"),
                    "431 Request Header Fields Too Large"},
        RefusalCase{"version", "GET / HTTP/3.0\r\nHost: a\r\n\r\n",
                    "505 HTTP Version Not Supported"}),
    [](const auto& info) { return std::string(info.param.name); });

std::string Http2Frame(std::string_view type_and_flags, char stream, std::string_view payload) {
  return StrCat(std::string("\0\0", 2), std::string(1, static_cast<char>(payload.size())),
                type_and_flags, std::string("\0\0\0", 3), std::string(1, stream), payload);
}

TEST_F(ServerTest, ResetsAnHttp2StreamWhoseClientTakesNothing) {
  ServerOptions options;
  options.limits.write_timeout = milliseconds(200);
  StartServer(std::move(options));
  RawClient client(server_.port());
  const std::string no_window("\0\4\0\0\0\0", 6);  // SETTINGS_INITIAL_WINDOW_SIZE 0
  // GET http://a/endless
  const std::string head = StrCat("\x82\x86\x04\x08/endless\x01\x01", "a");
  client.Send(StrCat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                     Http2Frame(std::string("\4\0", 2), 0, no_window),
                     Http2Frame(std::string("\1\5", 2), 1, head)));
  const std::string reset =
      Http2Frame(std::string("\3\0", 2), 1, std::string("\0\0\0\x08", 4));  // CANCEL
  EXPECT_THAT(client.ReadUntil(reset), EndsWith(reset));
  EXPECT_EQ(stalls_, 1);
}

TEST_F(ServerTest, ClosesIdleConnections) {
  ServerOptions options;
  options.limits.idle_timeout = milliseconds(60);
  StartServer(std::move(options));
  RawClient client(server_.port());
  client.Send(Post("/echo", "x"));
  client.ReadAnswer();
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_TRUE(client.saw_end());
}

class CurlTest : public ServerTest {
 protected:
  void SetUp() override {
    if (!Has("curl") || Shell("curl --version").find("HTTP2") == std::string::npos) {
      GTEST_SKIP() << "no curl with HTTP/2";
    }
  }
  std::string Curl(std::string_view arguments, std::string_view path) {
    return Shell(
        StrCat("curl -m 10 -s ", arguments, " ", scheme_, "://127.0.0.1:", server_.port(), path));
  }
  void StartTls() {
    if (!Has("openssl")) GTEST_SKIP() << "no openssl";
    const std::string folder = testing::TempDir();
    const std::string key = folder + "/key.pem";
    const std::string certificate = folder + "/certificate.pem";
    Shell(StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes",
                 " -keyout ", key, " -out ", certificate, " -days 2 -subj /CN=localhost"));
    ServerOptions options;
    options.certificate_file = certificate;
    options.private_key_file = key;
    StartServer(std::move(options));
    scheme_ = "https";
  }
  std::string_view scheme_ = "http";
};

constexpr std::string_view kH2 = "--http2-prior-knowledge";

TEST_F(CurlTest, SpeaksHttp2ToWhoeverKnows) {
  StartServer();
  EXPECT_EQ(Curl(StrCat(kH2, " -d hello -w '|%{http_version}|%{http_code}'"), "/echo"),
            "hello|2|200");
  EXPECT_EQ(Curl(StrCat(kH2, " -d hello"), "/later"), "hello");
  EXPECT_EQ(Curl(StrCat(kH2, " --compressed"), "/stream?gzip"), "one,two");
  EXPECT_EQ(Curl(StrCat(kH2, " --compressed"), "/gzip"), std::string(10'000, 'g'));
  EXPECT_EQ(Curl(kH2, "/big").size(), 3'000'000u);
  EXPECT_EQ(Curl(kH2, "/endless").size(), 20'000'000u);
  EXPECT_EQ(Curl(StrCat(kH2, " -o /dev/null -w '%{http_code}'"), "/nothing"), "500");
  EXPECT_THAT(Curl(StrCat(kH2, " -I"), "/big"), HasSubstr("content-length: 3000000"));
}

TEST_F(CurlTest, LimitsHttp2Requests) {
  ServerOptions options;
  options.limits.max_body_bytes = 1000;
  options.limits.max_head_bytes = 2048;
  StartServer(std::move(options));
  const std::string code = StrCat(kH2, " -o /dev/null -w '%{http_code}' ");
  EXPECT_EQ(Curl(StrCat(code, "-d ", std::string(1001, 'b')), "/echo"), "413");
  EXPECT_EQ(Curl(StrCat(code, "-H x:", std::string(3000, 'b')), "/echo"), "431");
  EXPECT_EQ(requests_, 0);
}

TEST_F(CurlTest, TellsWhenAnHttp2ClientGoesAway) {
  StartServer();
  Curl(StrCat(kH2, " -m 0.2"), "/wait");
  EXPECT_EQ(closed_.get_future().wait_for(milliseconds(5000)), std::future_status::ready);
}

TEST_F(CurlTest, ChoosesTheProtocolByAlpn) {
  StartTls();
  const std::string version = "-k -d hello -w '|%{http_version}' ";
  EXPECT_EQ(Curl(version, "/echo"), "hello|2");
  EXPECT_EQ(Curl(version + "--http1.1", "/echo"), "hello|1.1");
  EXPECT_EQ(Curl("-k --http1.1", "/big").size(), 3'000'000u);
  EXPECT_EQ(Curl("-k", "/big").size(), 3'000'000u);
  EXPECT_EQ(Curl("-k --http1.1", "/endless").size(), 20'000'000u);
}

}  // namespace
}  // namespace joinery::edge::http
