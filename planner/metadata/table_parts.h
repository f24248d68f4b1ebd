#pragma once

#include <string_view>

namespace joinery::metadata {

// Where an object that belongs to a table stands in the document, by the type that inconsistent
// objects have (metadata format: "Inconsistent object").
struct TablePart {
  std::string_view type;
  std::string_view list;  // The table's member that holds such objects.
  std::string_view key;   // What tells one from the others in it.
};

inline constexpr TablePart kTableParts[] = {
    {"object_relation", "object_relationships", "name"},
    {"array_relation", "array_relationships", "name"},
    {"computed_field", "computed_fields", "name"},
    {"remote_relationship", "remote_relationships", "name"},
    {"event_trigger", "event_triggers", "name"},
    {"insert_permission", "insert_permissions", "role"},
    {"select_permission", "select_permissions", "role"},
    {"update_permission", "update_permissions", "role"},
    {"delete_permission", "delete_permissions", "role"},
};

}  // namespace joinery::metadata
