#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/issue.h"
#include "json/value.h"
#include "planner/consistency/graph.h"

namespace joinery::planner {

// Metadata calls that tell and change nothing of the metadata: what consoles and command-line tools
// ask for. Canonical types.
bool IsConsoleCall(std::string_view type);

struct ConsoleCall {
  const std::string& type;
  const json::Value& args;
  std::string path;        // Of faults.
  std::string shape_path;  // Of faults in the shape of the arguments.
};

struct ConsoleView {
  const Graph& graph;
  const json::Value& document;
  const std::vector<InconsistentObject>& inconsistent;
  uint64_t resource_version = 0;
};

IssueOr<json::Value> AnswerConsole(const ConsoleCall& call, const ConsoleView& view);

}  // namespace joinery::planner
