#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "plan/connector.h"

namespace joinery::executor {

// What one fetch of a run did, for people.
struct FetchTrace {
  bool ran = false;                    // False: there was no key to ask for.
  std::chrono::microseconds began{0};  // Since the run began.
  std::chrono::microseconds took{0};
  uint64_t keys = 0;  // Distinct ones that it asked for.
  uint64_t rows = 0;  // Items of lists, and single values that are not null.
  uint64_t bytes = 0;
};

// Follows the fetches of one run, on its loop.
class Tracer {
 public:
  explicit Tracer(size_t fetches) : traces_(fetches) {}

  void Begin(uint32_t fetch, const std::vector<plan::KeyBatch>& batches);
  void End(uint32_t fetch, const plan::ExecuteResult& result);
  const std::vector<FetchTrace>& traces() const { return traces_; }

 private:
  using Clock = std::chrono::steady_clock;
  std::chrono::microseconds Elapsed() const;

  const Clock::time_point began_ = Clock::now();
  std::vector<FetchTrace> traces_;
};

}  // namespace joinery::executor
