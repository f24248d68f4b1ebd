#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.h"
#include "planner/metadata/model.h"

namespace joinery::metadata {

// What SQL renamed of one table: the table, columns of it, or both.
struct TableRename {
  TableName from;
  TableName to;  // Equal to `from`: the table keeps its name.
  std::map<std::string, std::string, std::less<>> columns;  // Old names to new ones.
};

// The table that a relationship of the document leads to, by the names before the renames.
// Key: the table that has the relationship, and the relationship's name.
using RelationshipTargets = std::map<std::pair<TableName, std::string>, TableName>;

// Gives every mention of what was renamed in `source` its new name: tables, relationships of all
// kinds and all sources, permissions with their filters and presets, customisation, triggers, and
// the relationships of remote schemas and custom types. Names that clients see follow the database
// unless the metadata customises them.
void ApplyRenames(json::Value& document, std::string_view source,
                  const std::vector<TableRename>& renames, const RelationshipTargets& targets);

struct RelationshipRename {
  TableName table;  // That has it.
  std::string from, to;
};
// Gives the relationship its new name in the filters and checks of all permissions of `source`;
// `targets` has the old one.
void RenameRelationship(json::Value& document, std::string_view source,
                        const RelationshipRename& rename, const RelationshipTargets& targets);

// Takes tables of `source` out of the document, with all that is their own.
void ForgetTables(json::Value& document, std::string_view source,
                  const std::set<TableName>& tables);

// Takes tracked functions of `source` out of the document.
void ForgetFunctions(json::Value& document, std::string_view source,
                     const std::set<TableName>& functions);

// Takes the customisation of columns that are no more out of the document.
void ForgetColumns(json::Value& document, std::string_view source, const TableName& table,
                   const std::set<std::string, std::less<>>& columns);

}  // namespace joinery::metadata
