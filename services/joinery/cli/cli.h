#pragma once

#include <string>
#include <vector>

namespace joinery::cli {

// How a run ended.
enum ExitCode {
  kFine = 0,
  kFindings = 1,  // What was looked at is not as it should be.
  kUsage = 2,     // The command line makes no sense.
  kFailed = 3,    // It could not be done: a file, a source or the server is not there.
};

// `joinery metadata WORDS…`: docs/metadata-ci.md describes the verbs. Prints to standard output,
// and what keeps it from its work to standard error. Returns an ExitCode.
int RunMetadata(const std::vector<std::string>& words);

}  // namespace joinery::cli
