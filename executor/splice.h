#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/connector.h"
#include "plan/plan.h"

namespace joinery::executor {

// What came of one fetch.
struct FetchOutcome {
  bool done = false;
  bool skipped = false;  // There was no key to ask for.
  bool failed = false;   // All its values are null.
  plan::ExecuteResult result;
  std::vector<plan::SourceError> errors;  // Of the result, or the one that failed it all.
};

// A joined field of a fetch that had errors, in the text.
struct Trouble {
  size_t offset = 0;  // Where the field's value starts.
  uint32_t fetch = 0;
  uint32_t root = 0;
  uint32_t slot = 0;
  uint32_t bubble = 0;
  bool is_null = false;
};

// Writes the values of a plan's fetches into one text: bytes are copied in runs, and at each hole
// the value of the fetch behind it, in turn with its own holes. Nothing is parsed or scanned.
class Splicer {
 public:
  Splicer(const plan::Plan& plan, const std::vector<FetchOutcome>& outcomes, std::string& out)
      : plan_(plan), outcomes_(outcomes), out_(out) {}

  // The value of a root field. `non_null`: a failing one leaves no answer at all.
  void Root(uint32_t fetch, uint32_t root, bool non_null) {
    Value(fetch, root, 0, non_null ? plan::JoinTarget::kWholeAnswer : 0);
  }

  // Joined and root fields whose fetch had errors, in the order of the text.
  const std::vector<Trouble>& troubles() const { return troubles_; }

 private:
  void Value(uint32_t fetch, uint32_t root, uint32_t slot, uint32_t bubble);

  const plan::Plan& plan_;
  const std::vector<FetchOutcome>& outcomes_;
  std::string& out_;
  std::vector<Trouble> troubles_;
};

}  // namespace joinery::executor
