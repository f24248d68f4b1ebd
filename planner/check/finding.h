#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace joinery::planner {

// One thing that a check or a comparison of metadata has to say.
struct Finding {
  enum class Severity : uint8_t {
    kError,    // Wrong, or breaks clients.
    kWarning,  // Left out of the graph's promises, or may surprise clients.
    kNote,     // Good to know.
  };
  Severity severity = Severity::kError;
  std::string rule;     // Such as "inconsistent-object"; stable, for machines.
  std::string message;  // Names the object and what is the matter with it.
  std::string object;   // "table author in source default", or a field "author.name"; may be empty.
  std::string path;     // Of the part of the document ("$.sources[0]"); empty: none.
  std::vector<std::string> roles;  // Those that it is about; empty: all, or none in particular.
};

}  // namespace joinery::planner
