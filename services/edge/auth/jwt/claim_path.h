#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "json/scan.h"
#include "json/value.h"

namespace joinery::edge {

// A JSONPath of the settings: `$` and steps `.a`, `['b']`, `["c"]`, `[0]` (spec: auth, 2).
class ClaimPath {
 public:
  // InvalidArgument names the place.
  static StatusOr<ClaimPath> Parse(std::string_view text);

  // What the path leads to; null pointer: nothing.
  const json::Value* Find(const json::Value& claims) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<json::PathStep> steps_;
};

}  // namespace joinery::edge
