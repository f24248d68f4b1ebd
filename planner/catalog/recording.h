#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/status.h"
#include "graphql/type_system.h"
#include "json/value.h"
#include "plan/catalog.h"
#include "planner/catalog/world.h"
#include "planner/metadata/model.h"

namespace joinery::planner {

// What sources said they have, kept in a file that belongs into version control: metadata can be
// checked against it where no source can be reached. It holds no data but the rows of enum tables,
// and nothing of how sources are reached.
struct Recording {
  std::map<std::string, std::shared_ptr<const plan::DatabaseCatalog>, std::less<>> databases;
  std::map<std::string, std::shared_ptr<const graphql::Schema>, std::less<>> remote_schemas;

  // The world as it was recorded. A source that is not in it is one that cannot be read.
  World Observe(std::shared_ptr<const metadata::Metadata> metadata) const;
};

// The text of a recording: JSON, one line per column, argument, key or line of a schema. Equal
// catalogs give equal texts: everything but columns is sorted, and what differs between two
// databases of one schema (object ids, positions, server versions) is left out.
std::string WriteRecording(const Recording& recording);

// InvalidArgument: the text is no recording.
StatusOr<Recording> ReadRecording(const std::string& text);

}  // namespace joinery::planner
