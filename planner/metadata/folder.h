#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "json/value.h"

namespace joinery::metadata {

// Files by their path inside the folder ("databases/default/tables/public_author.yaml").
using FolderFiles = std::map<std::string, std::string, std::less<>>;

// A version 3 document as the Hasura CLI's folder (config version 3): the same names, order of
// members and layout. Nothing of the document is left out; LoadMetadata gives it back.
FolderFiles WriteFolder(const json::Value& document);

struct FolderChanges {
  std::vector<std::string> written;  // New, or with other contents.
  std::vector<std::string> removed;  // Of tables and functions that are gone.
};

// Brings the folder in line with the document. A file that says the same already is left as it is,
// comments and all. Unavailable: a file cannot be written.
StatusOr<FolderChanges> SaveFolder(const json::Value& document, const std::string& folder);

}  // namespace joinery::metadata
