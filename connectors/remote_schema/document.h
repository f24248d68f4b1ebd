#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "plan/connector.h"

namespace joinery::connectors::remote_schema {

// A root of a fragment, for one key of its batch.
struct Place {
  uint32_t root = 0;
  uint32_t slot = 0;
};

// One request of an execution: the roots that stand once, if it is the first, and some of the keys.
struct Part {
  bool first = false;          // Has the roots without a batch.
  bool whole = false;          // The only part.
  size_t offset = 0;           // Keys in the parts before.
  std::vector<Place> aliased;  // Of `f0`, `f1`, …
};

// Cuts an execution into requests of at most `max_keys` keys, as even as can be; mostly it is one.
std::vector<Part> Split(const plan::GraphqlFragment& fragment, const plan::ExecuteRequest& request,
                        size_t max_keys);

// The GraphQL text of a part. Keys are variables `$k<n>_<column>` of alias `f<n>`, or literals
// where the fragment names no type for them.
std::string DocumentText(const plan::GraphqlFragment& fragment, const plan::ExecuteRequest& request,
                         const Part& part);

// The part's variables as a JSON object.
std::string VariablesText(const plan::GraphqlFragment& fragment,
                          const plan::ExecuteRequest& request, const Part& part);

// Bodies of requests. Documents are the same for all batches of a size, so their texts are kept.
// Thread-safe.
class RequestWriter {
 public:
  // `{"query":…,"variables":…}`.
  std::string Body(const plan::Fragment& fragment, const plan::ExecuteRequest& request,
                   const Part& part);
  size_t kept_documents() const;

 private:
  std::shared_ptr<const std::string> QuotedDocument(const plan::Fragment& fragment,
                                                    const plan::ExecuteRequest& request,
                                                    const Part& part);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const std::string>> kept_;
  size_t kept_bytes_ = 0;
};

}  // namespace joinery::connectors::remote_schema
