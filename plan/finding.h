#pragma once

#include <cstdint>
#include <string>

namespace joinery::plan {

// One thing that a check of metadata has to say.
struct Finding {
  enum class Severity : uint8_t {
    kError,    // Wrong.
    kWarning,  // Not what one might think.
    kNote,     // Good to know.
  };
  Severity severity = Severity::kError;
  std::string rule;     // Such as "inconsistent-object"; stable, for machines.
  std::string message;  // Names the object and what is the matter with it.
  std::string object;   // "table author in source default", or a field "author.name"; may be empty.
  std::string path;     // Of the part of the document ("$.sources[0]"); empty: none.
};

}  // namespace joinery::plan
