#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>

#include "base/strings.h"
#include "plan/testing/partial.h"
#include "services/edge/edge.h"
#include "services/edge/http/server/test_client.h"

// How often the edge takes memory from the heap for a request whose plan it has: from the bytes of
// the request to those of the answer, over a real connection. malloc itself is counted, so that no
// library hides. Counts, not times; sanitizers bring their own malloc, so there this cannot run.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {
std::atomic<uint64_t> allocations{0};
thread_local bool counted = false;
void Count() {
  if (counted) allocations.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace

extern "C" {
void* __libc_malloc(size_t bytes);                // NOLINT: glibc's names.
void* __libc_calloc(size_t count, size_t bytes);  // NOLINT
void* __libc_realloc(void* block, size_t bytes);  // NOLINT

void* malloc(size_t bytes) {
  Count();
  return __libc_malloc(bytes);
}
void* calloc(size_t count, size_t bytes) {
  Count();
  return __libc_calloc(count, bytes);
}
void* realloc(void* block, size_t bytes) {
  Count();
  return __libc_realloc(block, bytes);
}
}

namespace joinery::edge {
namespace {

// The source's own work is not the edge's.
class Uncounted {
 public:
  Uncounted() : before_(std::exchange(counted, false)) {}
  ~Uncounted() { counted = before_; }

 private:
  const bool before_;
};

// Rows `{"id":1,"name":"row 1"}`, or with a hole for a joined field of one key per row.
plan::ExecuteResult Rows(size_t count, bool joined) {
  plan::ExecuteResult out;
  out.bytes = "[";
  if (joined) out.keys.push_back({.columns = {{}}});
  for (size_t i = 0; i < count; ++i) {
    StrAppend(out.bytes, i == 0 ? "" : ",", "{\"id\":", i, ",\"name\":\"row ", i, "\"");
    if (joined) {
      out.bytes.append(",\"other\":");
      out.holes.push_back(
          {.offset = out.bytes.size(), .join = 0, .slot = static_cast<uint32_t>(i)});
      out.keys[0].columns[0].push_back(StrCat(i));
    }
    out.bytes.push_back('}');
  }
  out.bytes.push_back(']');
  out.values = {{{0, out.bytes.size(), 0}}};
  return out;
}

// What the keys of Rows lead to.
plan::ExecuteResult Others(size_t count) {
  plan::ExecuteResult out;
  out.values.emplace_back();
  for (size_t i = 0; i < count; ++i) {
    const size_t begin = out.bytes.size();
    StrAppend(out.bytes, "{\"key\":", i, "}");
    out.values[0].push_back({begin, out.bytes.size(), 0});
  }
  return out;
}

class FixedSource final : public plan::testing::PartialConnector {
 public:
  void Execute(const CallContext&, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override {
    std::unique_ptr<Uncounted> aside = std::make_unique<Uncounted>();
    auto result = std::make_shared<plan::ExecuteResult>(request.batches.empty() ? Rows(rows, joined)
                                                                                : Others(rows));
    loop->Post([result, done = std::move(done)] { done(std::move(*result)); });
    request = {};
    aside.reset();
  }

  size_t rows = 1;
  bool joined = false;
};

// Plans `rows` and `joined`; counts how often it was asked.
class FixedPlanner final : public plan::testing::PartialPlanner {
 public:
  StatusOr<IssueOr<plan::PlanResponse>> Plan(const CallContext&,
                                             const plan::PlanRequest& request) override {
    ++asked;
    auto out = std::make_shared<plan::Plan>();
    plan::Fetch root;
    root.source = {plan::SourceKind::kPostgres, "default"};
    root.fragment = std::make_shared<plan::Fragment>();
    const bool joined = request.query.find("joined") != std::string::npos;
    if (joined) root.joins = {{.fetch = 1}};
    out->fetches.push_back(root);
    if (joined) {
      root.joins.clear();
      root.inputs = {{.fetch = 0, .key_set = 0}};
      out->fetches.push_back(root);
    }
    plan::ResponseField field;
    field.response_key = "rows";
    field.kind = plan::ResponseField::Kind::kFetch;
    out->response.push_back(field);
    return IssueOr<plan::PlanResponse>(plan::PlanResponse{.plan = out, .schema_version = 1});
  }
  StatusOr<plan::Freshness> GetFreshness(const CallContext&) override {
    return plan::Freshness{.schema_version = 1};
  }
  std::shared_ptr<void> Watch(VersionChanged changed) override {
    changed({.schema_version = 1});
    return nullptr;
  }

  std::atomic<int> asked{0};
};

class EdgeAllocationsTest : public testing::Test {
 protected:
  EdgeAllocationsTest() {
    EXPECT_TRUE(
        server_
            .Start({.address = "127.0.0.1"},
                   [this](auto& request, auto writer) { edge_.Handle(request, std::move(writer)); })
            .ok());
    client_ = std::make_unique<http::RawClient>(server_.port());
    OnLoop([] { counted = true; });
  }
  ~EdgeAllocationsTest() override { server_.Stop(); }

  void OnLoop(const std::function<void()>& task) {
    std::atomic<bool> done{false};
    loops_.at(0).Post([&] {
      task();
      done.store(true);
      done.notify_one();
    });
    done.wait(false);
  }

  // Of one request, once plan, connection and buffers are warm; the answer is looked at.
  uint64_t AllocationsFor(std::string_view query, size_t rows) {
    source_.rows = rows;
    source_.joined = query.find("joined") != std::string_view::npos;
    const std::string body =
        StrCat(R"({"query":"query ($n: Int) { )", query, R"( }","variables":{"n":5}})");
    const std::string request = StrCat(
        "POST /v1/graphql HTTP/1.1\r\nhost: h\r\ncontent-type: "
        "application/json\r\ncontent-length: ",
        body.size(), "\r\n\r\n", body);
    uint64_t least = UINT64_MAX;
    for (int round = 0; round < 20; ++round) {
      const uint64_t before = allocations.load();
      client_->Send(request);
      const std::string answer = client_->ReadAnswer();
      OnLoop([] {});
      EXPECT_NE(answer.find(StrCat("\"row ", rows - 1, "\"")), std::string::npos);
      least = std::min(least, allocations.load() - before);
    }
    EXPECT_LE(planner_.asked, 2) << "the plan is not cached";
    return least;
  }

  FixedSource source_;
  FixedPlanner planner_;
  http::EventLoops loops_{1};
  kit::WorkerPool workers_{1, 10};
  std::unique_ptr<Authenticator> authenticator_ = *MakeAuthenticator({});
  Edge edge_{{}, *authenticator_, planner_, {{&source_, nullptr, nullptr}}, workers_};
  http::Server server_{loops_};
  std::unique_ptr<http::RawClient> client_;
};

TEST_F(EdgeAllocationsTest, OfAnAnswerThatPassesThroughDoNotDependOnRows) {
  const uint64_t one = AllocationsFor("rows", 1);
  const uint64_t many = AllocationsFor("rows", 10'000);
  RecordProperty("allocations", StrCat(one));
  EXPECT_GT(one, 0u) << "the loop's thread is not counted";
  EXPECT_LE(one, 64u);
  EXPECT_EQ(many, one);
}

// Keys are short here, so each lies in its string. What may grow with the rows is a handful of
// buffers that double; nothing is taken per row.
TEST_F(EdgeAllocationsTest, OfAJoinedAnswerGrowNoFasterThanDoublingBuffers) {
  const uint64_t one = AllocationsFor("joined", 1);
  const uint64_t many = AllocationsFor("joined", 10'000);
  RecordProperty("allocations", StrCat(one));
  EXPECT_LE(one, 80u);
  EXPECT_LE(many, one + 3 * 14) << "14 doublings reach 10,000";
}

}  // namespace
}  // namespace joinery::edge

#endif
