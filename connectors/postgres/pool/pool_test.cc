#include "connectors/postgres/pool/pool.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <future>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/postgres_test_server.h"
#include "base/strings.h"
#include "connectors/postgres/pool/session.h"

namespace joinery::connectors::postgres {
namespace {

using namespace std::chrono_literals;  // NOLINT
using plan::Access;

// One statement's end as the test sees it.
struct Ended {
  Status status = OkStatus();
  Answer refusal;
  std::vector<std::string> rows;  // First column.
  std::chrono::milliseconds took{0};
  bool on_loop = false;
};

class PoolTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new TestServer(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void SetUp() override {
    thread_ = std::thread([this] { context_.run(); });
    shared_ = std::make_shared<PoolShared>();
    shared_->settings.source = "db";
    shared_->settings.parameters = {{"dbname", server_->url()}};
    shared_->most_connections = 2;
  }

  void TearDown() override {
    OnLoop([this] {
      if (pool_) pool_->Abort();
      pool_.reset();
    });
    shared_->Stop();
    guard_.reset();
    thread_.join();
  }

  void OnLoop(std::function<void()> task) {
    std::promise<void> done;
    loop_.Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  std::future<Ended> Run(const std::string& sql, Values values = {}, CallContext context = {},
                         Access access = Access::kRead) {
    auto program = std::make_shared<Program>();
    program->statements.push_back({.id = sql, .sql = sql, .plan_each_time = plan_each_time_});
    return Run(std::move(program), {std::move(values)}, std::move(context), access);
  }

  std::future<Ended> Run(std::shared_ptr<const Program> program, ProgramValues values,
                         CallContext context = {}, Access access = Access::kRead) {
    auto promise = std::make_shared<std::promise<Ended>>();
    auto future = promise->get_future();
    loop_.Post([=, this, values = std::move(values)] {
      if (!pool_) pool_ = std::make_shared<Pool>(loop_, shared_);
      auto ended = std::make_shared<Ended>();
      const auto begin = CallContext::Clock::now();
      pool_->Run(
          context, program, std::make_shared<const ProgramValues>(values), access,
          [ended](size_t, const PGresult& rows) {
            for (int i = 0; i < PQntuples(&rows); ++i) {
              ended->rows.push_back(FieldText(rows, i, 0));
            }
            return true;
          },
          [=, this](StatusOr<Answer> answer) {
            ended->on_loop = loop_.InThisThread();
            ended->took = std::chrono::duration_cast<std::chrono::milliseconds>(
                CallContext::Clock::now() - begin);
            if (answer.ok()) {
              ended->refusal = *answer;
            } else {
              // A copy of its own: Abseil's reference count is invisible to the thread sanitizer.
              ended->status = MakeStatus(answer.status().code(), MessageOf(answer.status()));
            }
            promise->set_value(std::move(*ended));
          });
    });
    return future;
  }

  // Rows of one column, taken one by one through `flow`; `seen` counts them.
  std::future<Ended> RunByRow(const std::string& sql, const std::shared_ptr<RowFlow>& flow,
                              std::function<void(size_t seen)> on_row, CallContext context = {}) {
    auto program = std::make_shared<Program>();
    program->statements.push_back({.id = sql, .sql = sql, .parameter_types = {}});
    program->row_by_row = true;
    auto promise = std::make_shared<std::promise<Ended>>();
    loop_.Post([=, this, on_row = std::move(on_row)] {
      if (!pool_) pool_ = std::make_shared<Pool>(loop_, shared_);
      auto ended = std::make_shared<Ended>();
      pool_->Run(
          context, program, std::make_shared<const ProgramValues>(ProgramValues{{}}), Access::kRead,
          [ended, on_row, most = most_](size_t, const PGresult& rows) {
            for (int i = 0; i < PQntuples(&rows); ++i) {
              ended->rows.push_back(FieldText(rows, i, 0));
              on_row(ended->rows.size());
            }
            return ended->rows.size() < most;
          },
          [=](StatusOr<Answer> answer) {
            if (answer.ok()) ended->refusal = *answer;
            if (!answer.ok()) {
              ended->status = MakeStatus(answer.status().code(), MessageOf(answer.status()));
            }
            promise->set_value(std::move(*ended));
          },
          flow);
    });
    return promise->get_future();
  }

  Ended RunNow(const std::string& sql, Values values = {}, CallContext context = {},
               Access access = Access::kRead) {
    return Run(sql, std::move(values), std::move(context), access).get();
  }

  // Asks past the pool.
  std::string Ask(const std::string& sql) {
    const auto session = OpenSession({}, shared_->settings);
    EXPECT_TRUE(session.ok()) << session.status();
    const auto result = RunQuery({}, session->get(), sql);
    EXPECT_TRUE(result.ok()) << result.status();
    return PQntuples(result->get()) == 0 ? "" : FieldText(**result, 0, 0);
  }

  template <typename Condition>
  bool Becomes(Condition condition) {
    for (int i = 0; i < 500; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }

  const PoolCounters& counters() { return shared_->counters; }

  static TestServer* server_;
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_ =
      boost::asio::make_work_guard(context_);
  EventLoop loop_{context_};
  std::thread thread_;
  std::shared_ptr<PoolShared> shared_;
  std::shared_ptr<Pool> pool_;
  bool plan_each_time_ = false;
  size_t most_ = std::numeric_limits<size_t>::max();  // Of what RunByRow takes.
};

TestServer* PoolTest::server_ = nullptr;

TEST_F(PoolTest, RunsAStatementOnTheLoop) {
  const Ended ended = RunNow("select $1::int + x from generate_series(1, 3) x", {{"10"}});
  EXPECT_TRUE(ended.status.ok()) << ended.status;
  EXPECT_EQ(ended.rows, (std::vector<std::string>{"11", "12", "13"}));
  EXPECT_TRUE(ended.on_loop);
  EXPECT_EQ(RunNow("select coalesce($1::text, 'none')", {std::nullopt}).rows[0], "none");
}

TEST_F(PoolTest, SessionsSpeakOneDialect) {
  EXPECT_EQ(RunNow("select current_setting('DateStyle') || '|' || current_setting('IntervalStyle')"
                   " || '|' || current_setting('client_encoding') || '|' ||"
                   " current_setting('application_name')")
                .rows[0],
            "ISO, MDY|postgres|UTF8|joinery");
}

TEST_F(PoolTest, PreparesOncePerSession) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(RunNow("select $1::int", {{std::to_string(i)}}).rows[0], std::to_string(i));
  }
  EXPECT_EQ(counters().prepared, 1u);
  EXPECT_EQ(counters().executed, 1000u);
  EXPECT_EQ(counters().opened, 1u);
  EXPECT_EQ(RunNow("select count(*) from pg_prepared_statements").rows[0], "2");
}

TEST_F(PoolTest, ForgetsTheLeastRecentlyUsedStatement) {
  shared_->most_prepared = 3;
  for (int i = 0; i < 10; ++i) ASSERT_EQ(RunNow(StrCat("select ", i)).rows.size(), 1u);
  RunNow("select 9");
  EXPECT_EQ(counters().prepared, 10u);
  EXPECT_LE(std::stoi(RunNow("select count(*) from pg_prepared_statements").rows[0]), 4);
  RunNow("select 0");
  EXPECT_EQ(counters().prepared, 12u);
}

TEST_F(PoolTest, PlansAsTheStatementWants) {
  shared_->most_connections = 1;
  plan_each_time_ = true;
  const std::string mode = "select current_setting('plan_cache_mode')";
  EXPECT_EQ(RunNow(mode).rows[0], "force_custom_plan");
  EXPECT_EQ(RunNow("select $1::int / 0", {{"1"}}).refusal->sqlstate, "22012");
  plan_each_time_ = false;
  EXPECT_EQ(RunNow(mode).rows[0], "auto");
  // A setting that was rolled back is made again.
  plan_each_time_ = true;
  EXPECT_EQ(RunNow("select $1::int / 0", {{"1"}}).refusal->sqlstate, "22012");
  EXPECT_EQ(RunNow(mode).rows[0], "force_custom_plan");
}

// As behind a pooler that hands sessions around.
TEST_F(PoolTest, StopsKeepingStatementsThatVanish) {
  shared_->most_connections = 1;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(RunNow("select 'kept'").rows[0], "kept");
    if (i < 3) RunNow("deallocate all");
  }
  EXPECT_FALSE(shared_->keeps_statements());
  EXPECT_EQ(RunNow("select 'kept'").rows[0], "kept");
  EXPECT_EQ(
      RunNow("select count(*) from pg_prepared_statements where statement like '%kept%'").rows[0],
      "0");
}

TEST_F(PoolTest, NeverOpensMoreThanItMay) {
  std::vector<std::future<Ended>> running;
  for (int i = 0; i < 20; ++i) running.push_back(Run("select pg_sleep(0.02)"));
  for (auto& future : running) EXPECT_TRUE(future.get().status.ok());
  EXPECT_EQ(counters().opened, 2u);
  EXPECT_EQ(counters().executed, 20u);
}

TEST_F(PoolTest, ServesInOrder) {
  shared_->most_connections = 1;
  auto first = Run("select pg_sleep(0.2)");
  auto second = Run("select clock_timestamp()");
  auto third = Run("select clock_timestamp() + interval '0'");
  EXPECT_LT(second.get().rows[0], third.get().rows[0]);
  first.get();
}

TEST_F(PoolTest, WaitersLeaveAtTheirDeadline) {
  shared_->most_connections = 1;
  auto busy = Run("select pg_sleep(0.6)");
  const Ended waiter = RunNow("select 1", {}, CallContext::WithTimeout(150ms));
  EXPECT_EQ(waiter.status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_LT(waiter.took, 450ms);
  EXPECT_TRUE(busy.get().status.ok());
}

TEST_F(PoolTest, WaitersLeaveAfterThePoolTimeout) {
  shared_->most_connections = 1;
  shared_->settings.pool_timeout = 100ms;
  ASSERT_TRUE(RunNow("select 1").status.ok());
  auto busy = Run("select pg_sleep(0.5)");
  const Ended waiter = RunNow("select 1");
  EXPECT_EQ(waiter.status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(MessageOf(waiter.status), "source \"db\": no database connection became free in time");
  EXPECT_TRUE(busy.get().status.ok());
}

TEST_F(PoolTest, RefusesWhenTooManyWait) {
  shared_->most_connections = 1;
  shared_->most_waiting = 1;
  ASSERT_TRUE(RunNow("select 1").status.ok());
  auto busy = Run("select pg_sleep(0.2)");
  auto waits = Run("select 1");
  EXPECT_EQ(RunNow("select 1").status.code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(waits.get().status.ok());
  busy.get();
}

TEST_F(PoolTest, DeadlineStopsTheServer) {
  const Ended ended =
      RunNow("select pg_sleep(60) /* overdue */", {}, CallContext::WithTimeout(200ms));
  EXPECT_EQ(ended.status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_LT(ended.took, 2s);
  EXPECT_TRUE(Becomes([this] {
    return Ask("select count(*) from pg_stat_activity where state = 'active' and query like "
               "'%/* overdue *' || '/%' and pid <> pg_backend_pid()") == "0";
  }));
  EXPECT_EQ(counters().cancelled, 1u);
  // The session goes on.
  EXPECT_EQ(RunNow("select 5").rows[0], "5");
  EXPECT_EQ(counters().lost, 0u);
}

TEST_F(PoolTest, CancellationStopsTheServer) {
  CallContext context;
  context.cancellation = std::make_shared<Cancellation>();
  auto running = Run("select pg_sleep(60) /* unwanted */", {}, context);
  const auto active = [this] {
    return Ask(
        "select count(*) from pg_stat_activity where state = 'active' and query like "
        "'%/* unwanted *' || '/%' and pid <> pg_backend_pid()");
  };
  ASSERT_TRUE(Becomes([&] { return active() == "1"; }));
  context.cancellation->Cancel();
  EXPECT_EQ(running.get().status.code(), StatusCode::kCancelled);
  EXPECT_TRUE(Becomes([&] { return active() == "0"; }));
  EXPECT_EQ(RunNow("select 5").rows[0], "5");
  EXPECT_EQ(counters().opened, 1u);
}

TEST_F(PoolTest, CancelledWaitersNeverRun) {
  shared_->most_connections = 1;
  auto busy = Run("select pg_sleep(0.3)");
  CallContext context;
  context.cancellation = std::make_shared<Cancellation>();
  auto waiter = Run("select 1", {}, context);
  context.cancellation->Cancel();
  EXPECT_EQ(waiter.get().status.code(), StatusCode::kCancelled);
  EXPECT_TRUE(busy.get().status.ok());
  EXPECT_EQ(counters().executed, 1u);
}

TEST_F(PoolTest, RefusalsComeWithTheirState) {
  const Ended ended = RunNow("select $1::int", {{"x"}});
  EXPECT_TRUE(ended.status.ok());
  ASSERT_TRUE(ended.refusal.has_value());
  EXPECT_EQ(ended.refusal->sqlstate, "22P02");
  EXPECT_EQ(ended.refusal->message, "invalid input syntax for type integer: \"x\"");
  const Ended syntax = RunNow("selec 1");
  ASSERT_TRUE(syntax.refusal.has_value());
  EXPECT_EQ(syntax.refusal->sqlstate, "42601");
  EXPECT_EQ(RunNow("select 7").rows[0], "7");
  EXPECT_EQ(counters().opened, 1u);
}

TEST_F(PoolTest, ReadsSurviveTerminatedSessions) {
  const std::string pid = RunNow("select pg_backend_pid()").rows[0];
  Ask(StrCat("select pg_terminate_backend(", pid, ")"));
  const Ended again = RunNow("select 1 as after");
  EXPECT_TRUE(again.status.ok()) << again.status;
  EXPECT_EQ(again.rows[0], "1");
  EXPECT_EQ(counters().opened, 2u);
}

TEST_F(PoolTest, WritesGetALivingSession) {
  const std::string pid = RunNow("select pg_backend_pid()").rows[0];
  Ask(StrCat("select pg_terminate_backend(", pid, ")"));
  ASSERT_TRUE(Becomes([&] {
    return Ask(StrCat("select count(*) from pg_stat_activity where pid = ", pid)) == "0";
  }));
  const Ended write =
      RunNow("create table if not exists made_after_loss (id int)", {}, {}, Access::kWrite);
  EXPECT_TRUE(write.status.ok()) << write.status;
  EXPECT_EQ(counters().lost, 0u);
}

TEST_F(PoolTest, WritesAreNotRepeated) {
  const Ended ended =
      RunNow("select pg_terminate_backend(pg_backend_pid()), pg_sleep(1)", {}, {}, Access::kWrite);
  EXPECT_EQ(ended.status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(MessageOf(ended.status),
            "source \"db\": the connection to the database broke: terminating connection due to "
            "administrator command");
  EXPECT_EQ(counters().executed, 1u);
}

TEST_F(PoolTest, ReadsAreRepeatedOnlySoOften) {
  const Ended ended = RunNow("select pg_terminate_backend(pg_backend_pid()), pg_sleep(1)");
  EXPECT_EQ(ended.status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(counters().executed, 2u);
}

TEST_F(PoolTest, SurvivesChangedTablesAndLostStatements) {
  Ask("drop table if exists shifting; create table shifting (a int); insert into shifting values "
      "(1)");
  EXPECT_EQ(RunNow("select * from shifting").rows[0], "1");
  Ask("alter table shifting alter a type text using 'now ' || a");
  const Ended changed = RunNow("select * from shifting");
  EXPECT_FALSE(changed.refusal.has_value());
  EXPECT_EQ(changed.rows, (std::vector<std::string>{"now 1"}));
  RunNow("deallocate all");
  EXPECT_EQ(RunNow("select * from shifting").rows[0], "now 1");
}

TEST_F(PoolTest, TellsWhyThereIsNoConnection) {
  shared_->settings.parameters = {{"host", "127.0.0.1"}, {"port", "1"}, {"password", "hush"}};
  const Ended ended = RunNow("select 1");
  EXPECT_EQ(ended.status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(
      MessageOf(ended.status)
          .starts_with("source \"db\": cannot connect to the database: connection to server"))
      << ended.status;
  EXPECT_EQ(MessageOf(ended.status).find("hush"), std::string_view::npos);
}

TEST_F(PoolTest, EndsIdleAndOldSessions) {
  shared_->settings.connection_lifetime = 1s;
  RunNow("select 1");
  std::this_thread::sleep_for(1100ms);
  RunNow("select 1");  // Served by the old one, which then ends.
  EXPECT_TRUE(Becomes([this] { return counters().open == 0; }));
  RunNow("select 1");
  EXPECT_EQ(counters().opened, 2u);
}

TEST_F(PoolTest, CloseLetsTheRestFinish) {
  shared_->most_connections = 1;
  auto running = Run("select pg_sleep(0.2)");
  auto waiting = Run("select 2");
  OnLoop([this] {
    pool_->Close();
    pool_.reset();
  });
  EXPECT_TRUE(running.get().status.ok());
  EXPECT_EQ(waiting.get().rows[0], "2");
  EXPECT_TRUE(Becomes([this] { return counters().open == 0; }));
}

TEST_F(PoolTest, AbortAnswersAll) {
  shared_->most_connections = 1;
  auto running = Run("select pg_sleep(30)");
  auto waiting = Run("select 2");
  OnLoop([this] { pool_->Abort(); });
  EXPECT_EQ(running.get().status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(waiting.get().status.code(), StatusCode::kUnavailable);
}

TEST_F(PoolTest, TakesLargeResultsAndParameters) {
  const std::string large(3'000'000, 'x');
  const Ended ended = RunNow("select $1::text || 'y'", {{large}});
  ASSERT_EQ(ended.rows.size(), 1u);
  EXPECT_EQ(ended.rows[0], large + "y");
  EXPECT_EQ(RunNow("select x from generate_series(1, 50000) x").rows.size(), 50000u);
}

TEST_F(PoolTest, RowsThatAreHeldBackWaitAtTheServer) {
  auto flow = std::make_shared<RowFlow>();
  std::promise<void> paused;
  std::atomic<size_t> seen{0};
  auto ended = RunByRow("select repeat('x', 1000) from generate_series(1, 200000)", flow,
                        [&, flow](size_t count) {
                          seen = count;
                          if (count != 10) return;
                          flow->Pause();
                          paused.set_value();
                        });
  paused.get_future().wait();
  // What libpq had read already may still come; 200 MB cannot.
  EXPECT_EQ(ended.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  EXPECT_EQ(seen, 10u);
  loop_.Post([flow] { flow->Resume(); });
  const Ended whole = ended.get();
  EXPECT_TRUE(whole.status.ok()) << MessageOf(whole.status);
  EXPECT_EQ(whole.rows.size(), 200'000u);
}

TEST_F(PoolTest, WhatIsHeldBackCanBeCancelled) {
  auto flow = std::make_shared<RowFlow>();
  CallContext context;
  context.cancellation = std::make_shared<Cancellation>();
  auto ended = RunByRow(
      "select repeat('x', 1000) from generate_series(1, 200000)", flow,
      [&, flow](size_t count) {
        if (count == 10) flow->Pause();
        if (count == 10) context.cancellation->Cancel();
      },
      context);
  EXPECT_EQ(ended.get().status.code(), StatusCode::kCancelled);
  // The session is free again.
  EXPECT_EQ(RunNow("select 'next'").rows, std::vector<std::string>{"next"});
  EXPECT_EQ(shared_->counters.lost, 0u);
}

TEST_F(PoolTest, AServerIsStoppedWhenTheSinkHasEnough) {
  most_ = 10;
  const Ended ended =
      RunByRow("select repeat('x', 1000) from generate_series(1, 200000)", nullptr, [](size_t) {
      }).get();
  EXPECT_EQ(ended.status.code(), StatusCode::kCancelled);
  EXPECT_EQ(ended.rows.size(), 10u);
  // The session is free again.
  EXPECT_EQ(RunNow("select 'next'").rows, std::vector<std::string>{"next"});
  EXPECT_EQ(shared_->counters.cancelled, 1u);
  EXPECT_EQ(shared_->counters.lost, 0u);
}

}  // namespace
}  // namespace joinery::connectors::postgres
