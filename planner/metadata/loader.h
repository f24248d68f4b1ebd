#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "json/value.h"
#include "planner/metadata/source_map.h"

namespace joinery::metadata {

// What keeps a file of the metadata from being read.
struct FileMistake {
  Place place;
  std::string message;
};

struct LoadedMetadata {
  json::Value document;               // Version 3; without what could not be read.
  std::vector<FileMistake> mistakes;  // All of them.
  SourceMap places;
  std::vector<std::string> files;  // Those that were read, in that order.
};

// Reads a metadata folder in the Hasura CLI's layout (version 3), or one JSON or YAML file, as a
// version 3 document. InvalidArgument names the file and what is wrong in it; NotFound: there is no
// such path.
StatusOr<json::Value> LoadMetadata(const std::string& path);

// The same for people who want to know where each part stands, and every mistake at once. NotFound:
// there is no such path.
StatusOr<LoadedMetadata> LoadMetadataWithPlaces(const std::string& path);

// The folder with the files: `hasura/` and `hasura/metadata/` are both understood. Of a project (a
// folder with the Hasura CLI's config.yaml) it is `metadata` in it, there or not.
std::string MetadataFolder(const std::string& path);

}  // namespace joinery::metadata
