#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "base/call_context.h"
#include "base/issue.h"
#include "base/sha256.h"
#include "base/status.h"
#include "base/strings.h"

namespace joinery {
namespace {

TEST(StringsTest, CatsTextsCharactersAndIntegers) {
  EXPECT_EQ(StrCat("a", 'b', 12, std::string("c"), -3), "ab12c-3");
}

TEST(StringsTest, SplitKeepsEmptyParts) {
  EXPECT_EQ(Split("a,,b,", ',').size(), 4u);
  EXPECT_EQ(Split("", ',').size(), 1u);
}

TEST(StringsTest, ParsesWholeIntegersOnly) {
  EXPECT_EQ(ParseInt64("-42"), -42);
  EXPECT_EQ(ParseInt64("42x"), std::nullopt);
  EXPECT_EQ(ParseInt64(""), std::nullopt);
  EXPECT_EQ(ParseInt64("9223372036854775808"), std::nullopt);
}

TEST(StringsTest, NearestNameFindsTypingMistakes) {
  EXPECT_EQ(NearestName("custmer_id", {"customer_id", "id", "name"}), "customer_id");
  EXPECT_EQ(NearestName("zzz", {"customer_id", "id"}), "");
}

TEST(StringsTest, ReplacesEveryOccurrence) { EXPECT_EQ(ReplaceAll("a.b.c", ".", "::"), "a::b::c"); }

TEST(CancellationTest, WhatACallbackNeedsMayGoOnceItIsForgotten) {
  for (int round = 0; round < 1'000; ++round) {
    Cancellation cancellation;
    auto needed = std::make_unique<int>(0);
    const uint64_t id = cancellation.OnCancel([raw = needed.get()] { ++*raw; });
    std::thread canceller([&] { cancellation.Cancel(); });
    cancellation.Forget(id);
    needed.reset();
    canceller.join();
  }
}

TEST(CancellationTest, ACallbackMayForgetItself) {
  Cancellation cancellation;
  uint64_t id = 0;
  id = cancellation.OnCancel([&] { cancellation.Forget(id); });
  cancellation.Cancel();
  EXPECT_TRUE(cancellation.cancelled());
}

TEST(CancellationTest, RunsEachCallbackOnce) {
  Cancellation cancellation;
  int runs = 0;
  cancellation.OnCancel([&] { ++runs; });
  const uint64_t forgotten = cancellation.OnCancel([&] { runs += 10; });
  cancellation.Forget(forgotten);
  cancellation.Cancel();
  cancellation.Cancel();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(cancellation.OnCancel([&] { ++runs; }), 0u);
  EXPECT_EQ(runs, 2);
}

TEST(CallContextTest, RemainingIsNeverNegative) {
  CallContext context;
  context.deadline = CallContext::Clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(context.remaining().count(), 0);
}

TEST(Sha256Test, MatchesTheStandardVector) {
  EXPECT_EQ(HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

IssueOr<int> Half(int n) {
  if (n % 2 != 0) return ValidationFailed("odd", "$.n");
  return n / 2;
}

IssueOr<int> Quarter(int n) {
  ASSIGN_OR_RETURN_ISSUE(const int half, Half(n));
  return Half(half);
}

TEST(IssueTest, MacrosCarryTheIssue) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).issue().path, "$.n");
}

}  // namespace
}  // namespace joinery
