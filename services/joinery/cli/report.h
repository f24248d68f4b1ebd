#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plan/finding.h"
#include "planner/metadata/source_map.h"

namespace joinery::cli {

// A finding, where its cause was written, and whom it concerns.
struct ReportedFinding {
  plan::Finding finding;
  metadata::Place place;           // Empty file: nowhere.
  std::vector<std::string> roles;  // Empty: none in particular.
};

// The result of one run of a verb.
struct Report {
  std::string verb;     // "validate".
  std::string subject;  // What was looked at, for people: a folder, two of them, an address.
  std::string verdict;  // One line at the end of the human form.
  std::vector<ReportedFinding> findings;
};

enum class OutputForm { kHuman, kJson, kSarif, kJunit };

// "human", "json", "sarif" or "junit".
std::optional<OutputForm> ReadOutputForm(std::string_view name);

// The text of the report; ends with a line break. Findings are sorted: place, severity, message. In
// the human form and in JSON those with roles are called breaking, dangerous or safe. SARIF is
// version 2.1.0; JUnit has one test case per finding, failed for errors, or one that passed.
std::string FormatReport(Report report, OutputForm form);

}  // namespace joinery::cli
