#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/issue.h"
#include "json/value.h"
#include "planner/metadata/model.h"

// The metadata API as edits of the document. What needs the live graph (does the column exist, is
// the source up) is checked by the caller on the edited document.
namespace joinery::metadata {

// What commands ask of the live graph; what is unset is not asked.
struct Facts {
  std::function<bool(std::string_view source, const TableName& table, std::string_view column)>
      has_column;
  // A root field of queries that a remote schema has.
  std::function<bool(std::string_view name)> is_remote_root;
  bool remote_schema_permissions = true;
};

struct Call {
  std::string type;  // Canonical.
  json::Value args;
  int version = 1;
  std::string endpoint;         // "/v1/metadata", "/v1/query" or "/v2/query".
  std::string path = "$.args";  // Of errors.
  const Facts* facts = nullptr;
};

// "pg_track_table" for "track_table" and so on; the same text when unknown.
std::string CanonicalType(std::string_view type);

// Where a fault in the shape of the arguments at `path` ("$.args", "$.args[1].args") is shown: the
// oldest endpoint leaves the step `args` out.
std::string ShapePath(std::string_view endpoint, std::string_view path);

// Why Joinery refuses calls of that type although Hasura has them, with the way out; empty: it does
// not.
std::string UnsupportedReason(std::string_view canonical_type);

// Whether ApplyCommand knows the canonical type.
bool IsDocumentCommand(std::string_view canonical_type);

// Edits a version 3 document and returns the answer. After an Issue the document may be half
// edited: the caller works on a copy.
IssueOr<json::Value> ApplyCommand(json::Value& document, const Call& call);

// The version 3 document of what replace_metadata is given; versions 1 and 2 become source
// `default`, whose configuration is kept from the current document.
IssueOr<json::Value> NormalizeDocument(const json::Value& args,
                                       const json::Value& current_document);

}  // namespace joinery::metadata
