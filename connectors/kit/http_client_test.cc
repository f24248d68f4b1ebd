#include "base/http_client.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "connectors/kit/testing/upstream.h"

namespace joinery::connectors {
namespace {

using std::chrono::milliseconds;
using testing::Call;
using testing::Reply;
using testing::Upstream;
using Outcome = HttpResponse::Outcome;

// A loop that the test's own thread runs.
class HttpClientTest : public ::testing::Test {
 protected:
  HttpResponse Ask(HttpRequest request, const CallContext& context = {}) {
    std::optional<HttpResponse> out;
    Send(std::move(request), context, [&](HttpResponse response) { out = std::move(response); });
    io_.restart();
    while (!out && io_.run_one() > 0) {
    }
    return out ? *std::move(out) : HttpResponse();
  }

  // Sends from the loop's thread, as the contract asks.
  void Send(HttpRequest request, const CallContext& context,
            std::function<void(HttpResponse)> done) {
    loop_.Post([this, request = std::move(request), context, done = std::move(done)]() mutable {
      client_.Send(context, loop_, std::move(request), std::move(done));
    });
  }

  boost::asio::io_context io_{1};
  EventLoop loop_{io_};
  HttpClient client_;
};

TEST_F(HttpClientTest, PostsAndKeepsTheConnection) {
  Upstream upstream([](const Call& call) { return Reply{.body = "got " + call.body}; });
  for (int i = 0; i < 20; ++i) {
    const HttpResponse response = Ask({.url = upstream.url(), .body = StrCat(i)});
    EXPECT_EQ(response.outcome, Outcome::kAnswered);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, StrCat("got ", i));
    EXPECT_EQ(response.content_type, "application/json");
  }
  EXPECT_EQ(upstream.connections(), 1u);
  EXPECT_EQ(upstream.calls().size(), 20u);
}

TEST_F(HttpClientTest, SendsHeadersWithoutExpectAndWithoutInjection) {
  Upstream upstream([](const Call&) { return Reply{}; });
  Ask({.url = upstream.url(),
       .body = std::string(5000, 'x'),
       .headers = {{"X-Claim", "a\r\nX-Admin: yes"}, {"X-Empty", ""}, {"Bad\nName", "v"}}});
  const auto headers = upstream.calls().at(0).headers;
  EXPECT_EQ(headers.count("expect"), 0u);
  EXPECT_EQ(headers.count("x-admin"), 0u);
  EXPECT_EQ(headers.at("x-claim"), "a  X-Admin: yes");
  EXPECT_EQ(headers.at("x-empty"), "");
}

TEST_F(HttpClientTest, ReadsChunksAndCookies) {
  Upstream upstream([](const Call&) {
    return Reply{.body = std::string(10'000, 'y'),
                 .headers = {{"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}},
                 .chunk = 777};
  });
  const HttpResponse response = Ask({.url = upstream.url()});
  EXPECT_EQ(response.body, std::string(10'000, 'y'));
  EXPECT_EQ(response.set_cookies, (std::vector<std::string>{"a=1", "b=2"}));
}

struct FailureCase {
  const char* name;
  Reply reply;
  Outcome outcome;
};

class HttpClientFailureTest : public HttpClientTest,
                              public ::testing::WithParamInterface<FailureCase> {};

TEST_P(HttpClientFailureTest, TellsHowACallEndedAndGoesOn) {
  Upstream upstream([](const Call&) { return GetParam().reply; });
  HttpRequest request{
      .url = upstream.url(), .timeout = milliseconds(100), .max_response_bytes = 1000};
  EXPECT_EQ(Ask(request).outcome, GetParam().outcome);
  EXPECT_EQ(client_.SendAndWait({}, request).outcome, GetParam().outcome);
  upstream.SetScript([](const Call&) { return Reply{.body = "well"}; });
  request.timeout = milliseconds(10'000);
  EXPECT_EQ(Ask(request).body, "well");
}

INSTANTIATE_TEST_SUITE_P(
    Replies, HttpClientFailureTest,
    ::testing::Values(
        FailureCase{"silence", {.kind = Reply::Kind::kNever}, Outcome::kTimeout},
        FailureCase{"dropped", {.kind = Reply::Kind::kDrop}, Outcome::kFailed},
        FailureCase{"truncated",
                    {.kind = Reply::Kind::kTruncate, .body = std::string(500, 'x')},
                    Outcome::kFailed},
        FailureCase{"too_large_by_length", {.body = std::string(1001, 'x')}, Outcome::kTooLarge},
        FailureCase{"too_large_in_chunks",
                    {.body = std::string(5000, 'x'), .chunk = 100},
                    Outcome::kTooLarge},
        FailureCase{"just_not_too_large",
                    {.body = std::string(1000, 'x'), .chunk = 100},
                    Outcome::kAnswered}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(HttpClientTest, NobodyListens) {
  const HttpResponse response = Ask({.url = testing::UnusedUrl()});
  EXPECT_EQ(response.outcome, Outcome::kFailed);
  EXPECT_EQ(response.failure.find("127.0.0.1"), std::string::npos) << response.failure;
}

TEST_F(HttpClientTest, TheContextsDeadlineIsTheEarlierOne) {
  Upstream upstream([](const Call&) { return Reply{.kind = Reply::Kind::kNever}; });
  const HttpRequest request{.url = upstream.url(), .timeout = milliseconds(60'000)};
  EXPECT_EQ(Ask(request, CallContext::WithTimeout(milliseconds(50))).outcome, Outcome::kTimeout);
  EXPECT_EQ(Ask(request, CallContext::WithTimeout(milliseconds(0))).outcome, Outcome::kTimeout);
  EXPECT_EQ(upstream.calls().size(), 1u);
}

TEST_F(HttpClientTest, CancellingFromAnotherThreadEndsTheCall) {
  Upstream upstream([](const Call&) { return Reply{.kind = Reply::Kind::kNever}; });
  CallContext context;
  context.cancellation = std::make_shared<Cancellation>();
  std::thread canceller([&] {
    while (upstream.calls().empty()) std::this_thread::yield();
    context.cancellation->Cancel();
  });
  EXPECT_EQ(Ask({.url = upstream.url()}, context).outcome, Outcome::kCancelled);
  canceller.join();
  EXPECT_EQ(Ask({.url = upstream.url()}, context).outcome, Outcome::kCancelled);
  EXPECT_EQ(client_.SendAndWait(context, {.url = upstream.url()}).outcome, Outcome::kCancelled);
  EXPECT_EQ(upstream.calls().size(), 1u);
}

TEST_F(HttpClientTest, CancellingAnEndedCallTouchesNoOther) {
  Upstream upstream([](const Call&) { return Reply{.body = "well"}; });
  CallContext first;
  first.cancellation = std::make_shared<Cancellation>();
  EXPECT_EQ(Ask({.url = upstream.url()}, first).body, "well");
  std::optional<HttpResponse> second;
  Send({.url = upstream.url()}, {}, [&](HttpResponse response) { second = std::move(response); });
  first.cancellation->Cancel();
  io_.restart();
  while (!second && io_.run_one() > 0) {
  }
  EXPECT_EQ(second->outcome, Outcome::kAnswered);
}

TEST_F(HttpClientTest, ManyCallsAtOnceAllEnd) {
  Upstream upstream([](const Call& call) { return Reply{.body = call.body}; });
  size_t ended = 0;
  for (int i = 0; i < 200; ++i) {
    Send({.url = upstream.url(), .body = StrCat(i)}, {}, [&, i](HttpResponse response) {
      EXPECT_EQ(response.body, StrCat(i));
      ++ended;
    });
  }
  io_.restart();
  while (ended < 200 && io_.run_one() > 0) {
  }
  EXPECT_EQ(ended, 200u);
}

TEST(HttpClientThreadsTest, LoopsDoNotShare) {
  Upstream upstream([](const Call& call) { return Reply{.body = call.body}; });
  std::vector<std::unique_ptr<boost::asio::io_context>> contexts;
  std::vector<std::unique_ptr<EventLoop>> loops;
  HttpClient client;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    contexts.push_back(std::make_unique<boost::asio::io_context>(1));
    loops.push_back(std::make_unique<EventLoop>(*contexts.back()));
  }
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      int left = 50;
      std::function<void()> next = [&] {
        client.Send({}, *loops[i], {.url = upstream.url(), .body = StrCat(left)},
                    [&](HttpResponse response) {
                      EXPECT_EQ(response.body, StrCat(left));
                      if (--left > 0) {
                        next();
                      } else {
                        contexts[i]->stop();
                      }
                    });
      };
      loops[i]->Post([&] { next(); });
      contexts[i]->run();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(upstream.calls().size(), 200u);
}

}  // namespace
}  // namespace joinery::connectors
