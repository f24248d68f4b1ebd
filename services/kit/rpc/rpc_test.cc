#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include "base/strings.h"
#include "services/edge/http/server/event_loops.h"
#include "services/kit/rpc/channel.h"
#include "services/kit/rpc/framing.h"
#include "services/kit/rpc/listener.h"
#include "services/kit/rpc/server.h"

namespace joinery::kit::rpc {
namespace {

using namespace std::chrono_literals;
using edge::http::EventLoops;
using Clock = CallContext::Clock;

struct Outcome {
  std::vector<std::string> messages;
  Status status;
};

class Collect final : public CallSink {
 public:
  explicit Collect(std::promise<Outcome> promise) : promise_(std::move(promise)) {}
  void OnMessage(std::string message, CallFlow& flow) override {
    out_.messages.push_back(std::move(message));
    if (on_message) on_message(flow);
  }
  std::function<void(CallFlow&)> on_message;
  void OnDone(Status status) override {
    out_.status = std::move(status);
    promise_.set_value(std::move(out_));
  }

 private:
  std::promise<Outcome> promise_;
  Outcome out_;
};

std::string Frame(std::string_view message) {
  std::string out;
  AppendMessage(out, message);
  return out;
}

// What the server under test does, by path.
class Behaviour {
 public:
  void operator()(const IncomingCall& call, std::shared_ptr<ServerCall> answer) {
    ++calls_;
    if (call.path == "/test/Echo") {
      answer->Write(Frame(call.message));
      return answer->Finish(OkStatus());
    }
    if (call.path == "/test/Twice") {
      answer->Write(Frame(call.message));
      // The second part of an answer comes when the first has long left.
      return call.loop.Post([&loop = call.loop, answer, message = std::string(call.message)] {
        loop.Post([answer, message] {
          answer->Write(Frame(message));
          answer->Finish(OkStatus());
        });
      });
    }
    if (call.path == "/test/Flood") return Flood(answer, 0);
    if (call.path == "/test/Fail") return answer->Finish(NotFound("no such thing: \"größe\""));
    if (call.path == "/test/FailLate") {
      answer->Write(Frame("some"));
      return answer->Finish(Internal("broke"));
    }
    // Hang: until told or cancelled.
    std::lock_guard lock(mutex_);
    held_.push_back({answer, &call.loop});
    deadlines_.push_back(call.context.remaining());
    call.context.cancellation->OnCancel([this] {
      std::lock_guard inner(mutex_);
      ++cancelled_;
      changed_.notify_all();
    });
    changed_.notify_all();
  }

  bool AwaitHeld(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return held_.size() >= count; });
  }
  bool AwaitCancelled(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return cancelled_ >= count; });
  }
  void AnswerHeld() {
    std::lock_guard lock(mutex_);
    for (auto& [answer, loop] : held_) {
      loop->Post([answer = answer] {
        answer->Write(Frame("late"));
        answer->Finish(OkStatus());
      });
    }
    held_.clear();
  }
  int calls() const { return calls_; }
  int flooded() const { return flooded_; }

  static constexpr int kFlood = 2'000;
  std::vector<std::chrono::milliseconds> deadlines() {
    std::lock_guard lock(mutex_);
    return deadlines_;
  }

 private:
  // 100 kB, as often as kFlood says and as fast as the client takes it.
  void Flood(const std::shared_ptr<ServerCall>& answer, int sent) {
    while (sent < kFlood) {
      flooded_ = ++sent;
      if (!answer->Write(Frame(std::string(100'000, 'x')),
                         [this, answer, sent] { Flood(answer, sent); })) {
        return;
      }
    }
    answer->Finish(OkStatus());
  }

  std::atomic<int> calls_{0};
  std::atomic<int> flooded_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<std::shared_ptr<ServerCall>, EventLoop*>> held_;
  std::vector<std::chrono::milliseconds> deadlines_;
  size_t cancelled_ = 0;
};

// A server on loops of its own, which stand for another process.
class TestServer {
 public:
  explicit TestServer(int port = 0) {
    auto started = Listener::Start(StrCat("127.0.0.1:", port), {&loops_.at(0), &loops_.at(1)},
                                   server_, [](int descriptor) { close(descriptor); });
    EXPECT_TRUE(started.ok()) << MessageOf(started.status());
    listener_ = *std::move(started);
  }
  ~TestServer() { Kill(); }

  int port() const { return listener_->port(); }
  std::string address() const { return StrCat("127.0.0.1:", port()); }
  Behaviour& behaviour() const { return *behaviour_; }
  bool Drain() {
    listener_->Stop();
    return server_.Drain(10s);
  }
  // As a process that dies: its connections are cut.
  void Kill() {
    if (std::exchange(killed_, true)) return;
    listener_->Stop();
    server_.Abort();
    loops_.Stop();
  }

 private:
  std::shared_ptr<Behaviour> behaviour_ = std::make_shared<Behaviour>();
  EventLoops loops_{2};
  Server server_{[b = behaviour_](const auto& call, auto answer) { (*b)(call, answer); }};
  std::unique_ptr<Listener> listener_;
  bool killed_ = false;
};

class RpcTest : public testing::Test {
 protected:
  ~RpcTest() override { loops_.Stop(); }

  std::future<Outcome> Call(Channel& channel, std::string_view path, std::string_view message,
                            CallContext context = CallContext::WithTimeout(20s),
                            bool repeatable = false) {
    std::promise<Outcome> promise;
    std::future<Outcome> out = promise.get_future();
    EventLoop& loop = loops_.at(next_++ % loops_.size());
    auto sink = std::make_shared<Collect>(std::move(promise));
    loop.Post([&channel, &loop, path, context, sink, repeatable, framed = Frame(message)] {
      channel.Call(context, loop, {.path = path, .message = framed, .repeatable = repeatable},
                   sink);
    });
    return out;
  }

  EventLoops loops_{2};
  size_t next_ = 0;
};

TEST_F(RpcTest, CarriesMessagesBothWays) {
  TestServer server;
  Channel channel(server.address());
  const Outcome one = Call(channel, "/test/Echo", "hello").get();
  EXPECT_TRUE(one.status.ok()) << MessageOf(one.status);
  EXPECT_EQ(one.messages, std::vector<std::string>{"hello"});
  const std::string large(5'000'000, 'x');
  const Outcome two = Call(channel, "/test/Twice", large).get();
  EXPECT_TRUE(two.status.ok()) << MessageOf(two.status);
  EXPECT_EQ(two.messages, (std::vector<std::string>{large, large}));
}

TEST_F(RpcTest, AClientThatPausesHoldsTheServerBackAndNobodyElse) {
  TestServer server;
  Channel channel(server.address());
  std::promise<Outcome> promise;
  auto outcome = promise.get_future();
  auto sink = std::make_shared<Collect>(std::move(promise));
  std::promise<std::weak_ptr<CallFlow>> paused;
  bool first = true;
  sink->on_message = [&](CallFlow& flow) {
    if (!std::exchange(first, false)) return;
    flow.Pause();
    paused.set_value(flow.weak_from_this());
  };
  EventLoop& loop = loops_.at(0);
  loop.Post([&] {
    channel.Call(CallContext::WithTimeout(20s), loop, {.path = "/test/Flood", .message = Frame("")},
                 sink);
  });
  const auto flow = paused.get_future().get();
  next_ = 0;  // On the same loop, so on the same connection.
  EXPECT_TRUE(Call(channel, "/test/Echo", "x").get().status.ok());
  EXPECT_EQ(outcome.wait_for(100ms), std::future_status::timeout);
  // Windows and buffers hold some, of 200 MB.
  EXPECT_LT(server.behaviour().flooded(), Behaviour::kFlood / 4);
  loop.Post([flow] { flow.lock()->Resume(); });
  const Outcome whole = outcome.get();
  EXPECT_TRUE(whole.status.ok()) << MessageOf(whole.status);
  EXPECT_EQ(whole.messages.size(), size_t{Behaviour::kFlood});
}

TEST_F(RpcTest, ManyCallsShareAConnection) {
  TestServer server;
  Channel channel(server.address());
  std::vector<std::future<Outcome>> calls;
  for (int i = 0; i < 2'000; ++i) calls.push_back(Call(channel, "/test/Echo", StrCat(i)));
  for (int i = 0; i < 2'000; ++i) {
    const Outcome outcome = calls[i].get();
    ASSERT_TRUE(outcome.status.ok()) << MessageOf(outcome.status);
    ASSERT_EQ(outcome.messages, std::vector<std::string>{StrCat(i)});
  }
}

TEST_F(RpcTest, StatusesTravel) {
  TestServer server;
  Channel channel(server.address());
  const Outcome failed = Call(channel, "/test/Fail", "").get();
  EXPECT_EQ(failed.status, NotFound("no such thing: \"größe\""));
  const Outcome late = Call(channel, "/test/FailLate", "").get();
  EXPECT_EQ(late.messages, std::vector<std::string>{"some"});
  EXPECT_EQ(late.status, Internal("broke"));
}

TEST_F(RpcTest, ADeadlineEndsTheCallOnBothSides) {
  TestServer server;
  Channel channel(server.address());
  const Outcome outcome = Call(channel, "/test/Hang", "", CallContext::WithTimeout(200ms)).get();
  EXPECT_EQ(outcome.status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(server.behaviour().AwaitCancelled(1));
  ASSERT_EQ(server.behaviour().deadlines().size(), 1u);
  EXPECT_LE(server.behaviour().deadlines()[0], 200ms);
}

TEST_F(RpcTest, ACancelledCallIsToldToTheServer) {
  TestServer server;
  Channel channel(server.address());
  CallContext context = CallContext::WithTimeout(20s);
  context.cancellation = std::make_shared<Cancellation>();
  auto call = Call(channel, "/test/Hang", "", context);
  ASSERT_TRUE(server.behaviour().AwaitHeld(1));
  context.cancellation->Cancel();
  EXPECT_EQ(call.get().status.code(), StatusCode::kCancelled);
  EXPECT_TRUE(server.behaviour().AwaitCancelled(1));
}

TEST_F(RpcTest, NobodyThereIsToldAtOnce) {
  std::string address;
  { address = TestServer().address(); }
  Channel channel(address);
  const Outcome outcome = Call(channel, "/test/Echo", "x").get();
  EXPECT_EQ(outcome.status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(MessageOf(outcome.status),
            StrCat("cannot connect to ", address, ": Connection refused"));
}

TEST_F(RpcTest, ATargetThatIsNoneIsToldWithItsReason) {
  Channel channel("unix:/tmp/x");
  const Outcome outcome = Call(channel, "/test/Echo", "x").get();
  EXPECT_EQ(MessageOf(outcome.status), "target \"unix:/tmp/x\": only dns, ipv4 and ipv6 are known");
}

TEST_F(RpcTest, FindsAServerThatComesBack) {
  auto server = std::make_unique<TestServer>();
  const int port = server->port();
  Channel channel(server->address());
  ASSERT_TRUE(Call(channel, "/test/Echo", "x").get().status.ok());
  server.reset();
  server = std::make_unique<TestServer>(port);
  const auto until = std::chrono::steady_clock::now() + 10s;
  Status last;
  while (std::chrono::steady_clock::now() < until) {
    last = Call(channel, "/test/Echo", "x").get().status;
    if (last.ok()) break;
    std::this_thread::yield();
  }
  EXPECT_TRUE(last.ok()) << MessageOf(last);
}

// The pause has grown to a second by then.
TEST_F(RpcTest, ACallAfterALongAbsenceFindsTheServerAtOnce) {
  auto server = std::make_unique<TestServer>();
  const int port = server->port();
  Channel channel(server->address());
  next_ = 0;
  ASSERT_TRUE(Call(channel, "/test/Echo", "x").get().status.ok());
  server.reset();
  for (const auto until = Clock::now() + 2s; Clock::now() < until;) {
    next_ = 0;  // On one loop, which has one connection.
    EXPECT_EQ(Call(channel, "/test/Echo", "x").get().status.code(), StatusCode::kUnavailable);
  }
  server = std::make_unique<TestServer>(port);
  const auto back = Clock::now();
  Status last = Unavailable("");
  while (!last.ok() && Clock::now() < back + 10s) {
    next_ = 0;
    last = Call(channel, "/test/Echo", "x").get().status;
  }
  EXPECT_TRUE(last.ok()) << MessageOf(last);
  EXPECT_LT(Clock::now() - back, 500ms);
}

// Calls that another server answers do not look for it.
TEST_F(RpcTest, AServerThatComesBackIsUsedWithinTwoSeconds) {
  auto gone = std::make_unique<TestServer>();
  const int port = gone->port();
  TestServer other;
  Channel channel(StrCat("ipv4:", gone->address(), ",", other.address()));
  const auto call = [&] {
    next_ = 0;
    EXPECT_TRUE(
        Call(channel, "/test/Echo", "x", CallContext::WithTimeout(20s), true).get().status.ok());
  };
  call();
  gone.reset();
  for (const auto until = Clock::now() + 3s; Clock::now() < until;) call();
  const TestServer back(port);
  const auto until = Clock::now() + 2s;
  while (back.behaviour().calls() == 0 && Clock::now() < until) call();
  EXPECT_GT(back.behaviour().calls(), 0);
}

TEST_F(RpcTest, AddressesTakeTurnsAndALostReadIsAskedElsewhere) {
  TestServer one, two;
  Channel channel(StrCat("ipv4:", one.address(), ",", two.address()));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Call(channel, "/test/Echo", "x").get().status.ok());
  EXPECT_GT(one.behaviour().calls(), 0);
  EXPECT_GT(two.behaviour().calls(), 0);

  std::vector<std::future<Outcome>> reads;
  for (int i = 0; i < 8; ++i) {
    reads.push_back(Call(channel, "/test/Hang", "", CallContext::WithTimeout(20s), true));
  }
  ASSERT_TRUE(one.behaviour().AwaitHeld(1));
  const auto held_by_two = two.behaviour().deadlines().size();
  one.Kill();
  ASSERT_TRUE(two.behaviour().AwaitHeld(held_by_two + 1));
  ASSERT_TRUE(two.behaviour().AwaitHeld(8));
  two.behaviour().AnswerHeld();
  for (auto& read : reads) EXPECT_TRUE(read.get().status.ok());
}

TEST_F(RpcTest, ALostWriteIsNotRepeated) {
  auto server = std::make_unique<TestServer>();
  Channel channel(server->address());
  auto call = Call(channel, "/test/Hang", "");
  ASSERT_TRUE(server->behaviour().AwaitHeld(1));
  server.reset();
  const Outcome outcome = call.get();
  EXPECT_EQ(outcome.status, Unavailable("the connection was lost"));
}

TEST_F(RpcTest, ADrainingServerFinishesWhatItHas) {
  auto server = std::make_unique<TestServer>();
  TestServer other;
  Channel channel(StrCat("ipv4:", server->address(), ",", other.address()));
  std::vector<std::future<Outcome>> calls;
  for (int i = 0; i < 4; ++i) calls.push_back(Call(channel, "/test/Hang", ""));
  ASSERT_TRUE(server->behaviour().AwaitHeld(1));
  auto drained = std::async(std::launch::async, [&] { return server->Drain(); });
  // New calls go to the other one as soon as the client has heard.
  const int before = other.behaviour().calls();
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Call(channel, "/test/Echo", "x").get().status.ok());
  }
  EXPECT_GT(other.behaviour().calls(), before);
  server->behaviour().AnswerHeld();
  other.behaviour().AnswerHeld();
  for (auto& call : calls) {
    const Outcome outcome = call.get();
    EXPECT_TRUE(outcome.status.ok()) << MessageOf(outcome.status);
  }
  EXPECT_TRUE(drained.get());
}

}  // namespace
}  // namespace joinery::kit::rpc
