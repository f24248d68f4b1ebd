#include "services/edge/lease/lease.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>

#include "plan/testing/partial.h"

namespace joinery::edge {
namespace {

using namespace std::chrono_literals;

// Says how fresh it is, and nothing else.
class FreshPlanner final : public plan::testing::PartialPlanner {
 public:
  StatusOr<plan::Freshness> GetFreshness(const CallContext&) override {
    std::lock_guard lock(mutex_);
    ++asked_;
    return answer_;
  }
  void Answer(StatusOr<plan::Freshness> answer) {
    std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  int asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  int asked_ = 0;
  StatusOr<plan::Freshness> answer_ = Unavailable("not yet");
};

class LeaseTest : public testing::Test {
 protected:
  ~LeaseTest() override {
    context_.stop();
    thread_.join();
  }

  std::unique_ptr<Lease> Start(std::chrono::milliseconds length) {
    return std::make_unique<Lease>(length, planner_,
                                   [this](uint64_t version) { return version >= known_; });
  }

  // Whether a request is let through.
  bool Await(Lease& lease) {
    std::promise<bool> answer;
    lease.Await(loop_, [&](bool valid) { answer.set_value(valid); });
    return answer.get_future().get();
  }

  void AskedOnceMore() {
    const int before = planner_.asked();
    while (planner_.asked() < before + 2) std::this_thread::sleep_for(1ms);
  }

  FreshPlanner planner_;
  std::atomic<uint64_t> known_{1};
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  EventLoop loop_{context_};
  std::thread thread_{[this] { context_.run(); }};
};

TEST_F(LeaseTest, OfNoLengthNeverEndsAndAsksNobody) {
  const auto lease = Start(0ms);
  EXPECT_TRUE(lease->valid());
  EXPECT_TRUE(Await(*lease));
  EXPECT_EQ(planner_.asked(), 0);
}

TEST_F(LeaseTest, BeginsWithAConfirmation) {
  const auto lease = Start(60s);
  EXPECT_FALSE(lease->valid());
  planner_.Answer(plan::Freshness{.schema_version = 1});
  const auto confirmed = Start(60s);
  EXPECT_TRUE(Await(*confirmed));
  EXPECT_TRUE(confirmed->valid());
}

TEST_F(LeaseTest, EndsWithoutConfirmationsAndRefusesInTheEnd) {
  planner_.Answer(plan::Freshness{.schema_version = 1});
  const auto lease = Start(200ms);
  EXPECT_TRUE(Await(*lease));
  planner_.Answer(Unavailable("gone"));
  while (lease->valid()) std::this_thread::sleep_for(1ms);
  EXPECT_FALSE(Await(*lease));
}

TEST_F(LeaseTest, WhoWaitsIsLetThroughWhenAPlannerIsBack) {
  const auto lease = Start(200ms);
  std::promise<bool> answer;
  lease->Await(loop_, [&](bool valid) { answer.set_value(valid); });
  planner_.Answer(plan::Freshness{.schema_version = 1});
  EXPECT_TRUE(answer.get_future().get());
}

TEST_F(LeaseTest, KnowledgeThatIsOldDoesNotCount) {
  planner_.Answer(plan::Freshness{.schema_version = 1, .age = 10s});
  const auto lease = Start(200ms);
  AskedOnceMore();
  EXPECT_FALSE(lease->valid());
}

TEST_F(LeaseTest, APlannerThatIsBehindDoesNotCount) {
  known_ = 2;
  planner_.Answer(plan::Freshness{.schema_version = 1});
  const auto lease = Start(200ms);
  AskedOnceMore();
  EXPECT_FALSE(lease->valid());
  planner_.Answer(plan::Freshness{.schema_version = 2});
  EXPECT_TRUE(Await(*lease));
}

}  // namespace
}  // namespace joinery::edge
