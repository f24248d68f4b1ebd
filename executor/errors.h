#pragma once

#include <string>
#include <vector>

#include "base/issue.h"
#include "base/status.h"
#include "executor/executor.h"
#include "executor/splice.h"

namespace joinery::executor {

// One error of a GraphQL response, as Hasura writes it.
void AppendIssue(std::string& out, const Issue& issue, bool show_internal);

// `{"errors":[…]}` of one Issue.
std::string IssueBody(const Issue& issue, bool show_internal);

// What the world did, in the words of a source's error.
plan::SourceError FromStatus(const Status& status, const plan::SourceName& source);

// The answer that a failing fetch gives in Hasura's form: errors and no data.
std::string StrictBody(const std::vector<plan::SourceError>& errors, bool joined,
                       bool show_internal);

// Writes the errors behind `troubles` to `errors` (comma separated) and puts nulls where a non-null
// place cannot hold one. `text` is the response's data, an object; true: all of it became null.
bool ApplyTroubles(const plan::Plan& plan, const std::vector<FetchOutcome>& outcomes,
                   const std::vector<Trouble>& troubles, bool show_internal, std::string& text,
                   std::string& errors);

}  // namespace joinery::executor
