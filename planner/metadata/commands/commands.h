#pragma once

#include <string>
#include <string_view>

#include "base/issue.h"
#include "json/value.h"

// The metadata API as edits of the document. What needs the live graph (does the column exist, is
// the source up) is checked by the caller on the edited document.
namespace joinery::metadata {

struct Call {
  std::string type;  // Canonical.
  json::Value args;
  int version = 1;
  std::string endpoint;         // "/v1/metadata", "/v1/query" or "/v2/query".
  std::string path = "$.args";  // Of errors.
};

// "pg_track_table" for "track_table" and so on; the same text when unknown.
std::string CanonicalType(std::string_view type);

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
