#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "json/value.h"
#include "planner/metadata/model.h"

namespace joinery::planner {

// A part of metadata that was left out of the graph, as get_inconsistent_metadata shows it.
// Hasura's texts.
struct InconsistentObject {
  struct Member {
    std::string type, name;
    json::Value definition;
  };
  enum class Form : uint8_t {
    kObject,
    kConflict,   // Several objects exclude each other.
    kAmbiguous,  // The same of REST endpoints, which Hasura shows in another shape.
    kDuplicate,  // Several definitions have one name: the first counts.
  };
  Form form = Form::kObject;
  std::string type;    // "table", "object_relation", …
  std::string name;    // "table author in source default"
  std::string reason;  // "Inconsistent object: …"
  json::Value definition;
  // Why in more detail, such as what the driver said; may be null.
  json::Value message;
  // Of kConflict and kAmbiguous, whose `type`, `name` and `definition` are empty; of kDuplicate.
  std::vector<Member> conflicting;
  // What an inherited role's parents disagree about; else null.
  json::Value entity;

  // Whether it is about that object.
  bool Concerns(std::string_view object_type, std::string_view object_name) const;
  json::Value ToJson() const;
};

// Collects inconsistent objects while a graph is built.
class Inconsistencies {
 public:
  // `reason` without "Inconsistent object: ".
  void Add(InconsistentObject::Member object, std::string_view reason);
  // `reason` without "Conflicting objects: ".
  void AddConflict(std::vector<InconsistentObject::Member> objects, std::string_view reason);
  void AddDuplicate(const metadata::Duplicate& duplicate);
  // `reason` as it is to be shown.
  void AddAsIs(InconsistentObject object) { all_.push_back(std::move(object)); }

  std::vector<InconsistentObject> Take() { return std::move(all_); }

 private:
  std::vector<InconsistentObject> all_;
};

// "reason", "a, b and c" style lists of Hasura: one reason after `because`, several as bullets.
std::string BecauseOf(std::string_view what, const std::vector<std::string>& reasons);

}  // namespace joinery::planner
