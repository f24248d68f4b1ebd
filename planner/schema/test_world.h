#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "json/value.h"
#include "planner/catalog/world.h"

// For tests of planner/: worlds from text.
namespace joinery::planner::testing {

struct WorldTexts {
  json::Value metadata;
  std::map<std::string, std::string> catalogs;        // Source → text of catalog_text.h.
  std::map<std::string, std::string> remote_schemas;  // Name → SDL.
};

// Reads `metadata.json`, `<source>.catalog` and `<remote schema>.graphql` of a folder.
StatusOr<WorldTexts> ReadWorldTexts(const std::string& folder);

StatusOr<std::shared_ptr<const World>> MakeWorld(const WorldTexts& texts);

// The whole file; empty when there is none.
std::string ReadFile(const std::string& path);

}  // namespace joinery::planner::testing
