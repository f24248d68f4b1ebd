#pragma once

#include <string>

#include "plan/connector.h"

namespace joinery::connectors::remote_schema {

// What is sent for one execution.
struct UpstreamDocument {
  std::string query;      // GraphQL text.
  std::string variables;  // JSON object.
  std::string body() const;
};

// One document for all roots and all keys. Roots of a batch stand once per key, as `f0`, `f1`, …, counted
// over roots and keys in their order; others under their own alias.
UpstreamDocument BuildDocument(const plan::Fragment& fragment, const plan::ExecuteRequest& request);

}  // namespace joinery::connectors::remote_schema
