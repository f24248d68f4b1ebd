#include "executor/trace.h"

#include <string_view>

#include "json/scan.h"

namespace joinery::executor {
namespace {

// Of a value with its holes left out.
uint64_t RowsOf(std::string_view value) {
  if (value == "null") return 0;
  return value.starts_with('[') ? json::CountItems(value, 0, value.size()) : 1;
}

}  // namespace

std::chrono::microseconds Tracer::Elapsed() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began_);
}

void Tracer::Begin(uint32_t fetch, const std::vector<plan::KeyBatch>& batches) {
  FetchTrace& trace = traces_[fetch];
  trace.ran = true;
  trace.began = Elapsed();
  for (const plan::KeyBatch& batch : batches) trace.keys += batch.size();
}

void Tracer::End(uint32_t fetch, const plan::ExecuteResult& result) {
  FetchTrace& trace = traces_[fetch];
  trace.took = Elapsed() - trace.began;
  trace.bytes = result.bytes.size();
  const std::string_view bytes = result.bytes;
  for (const auto& root : result.values) {
    for (const plan::Slice& slice : root) {
      trace.rows += RowsOf(bytes.substr(slice.begin, slice.end - slice.begin));
    }
  }
}

}  // namespace joinery::executor
