#include "graphql/validation/context.h"

#include "base/strings.h"

namespace joinery::graphql::validation {

bool Context::Spend(Rule rule, size_t looks) {
  if (looks_ > kMaxLooks) return false;
  looks_ += looks;
  if (looks_ <= kMaxLooks) return true;
  TooComplex(rule);
  return false;
}

void Context::TooComplex(Rule rule) {
  looks_ = kMaxLooks + 1;
  Report(rule, "The document is too complex to be validated.", {Location{0, 1, 1}});
}

std::string DidYouMean(std::string_view name, const std::vector<std::string_view>& candidates) {
  const std::string_view nearest = NearestName(name, candidates);
  return nearest.empty() ? std::string() : StrCat(" Did you mean \"", nearest, "\"?");
}

}  // namespace joinery::graphql::validation
