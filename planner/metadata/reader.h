#pragma once

#include <string>
#include <vector>

#include "base/issue.h"
#include "json/value.h"
#include "planner/metadata/model.h"

namespace joinery::metadata {

struct ReadResult {
  Metadata metadata;          // What could be read.
  std::vector<Issue> issues;  // parse-failed, with the place in the document; all of them.
};

// Reads a version 3 document. Tables that are written as they were in `previous` are shared with
// it.
ReadResult Read(const json::Value& document, const Metadata* previous = nullptr);

// Lets the tables of `document` share what they hold with `metadata`, which was read from it: what
// did not change since an earlier document is then held once.
void ShareTables(const Metadata& metadata, json::Value& document);

// Lets the parts of a document that are alike be held once: roles that may do the same on a table.
void ShareWithin(json::Value& document);

// Parts of it, for commands. `path` is where `value` stands. Mistakes are added to `issues`.
TableName ReadTableName(const json::Value& value, const std::string& path,
                        std::vector<Issue>& issues);
RemoteRelationship ReadRemoteRelationship(const json::Value& value, const std::string& path,
                                          std::vector<Issue>& issues);
Relationship ReadRelationship(const json::Value& value, bool array, const std::string& path,
                              std::vector<Issue>& issues);

}  // namespace joinery::metadata
