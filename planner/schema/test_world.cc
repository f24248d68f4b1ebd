#include "planner/schema/test_world.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/strings.h"
#include "graphql/sdl.h"
#include "planner/catalog/catalog_text.h"
#include "planner/metadata/reader.h"

namespace joinery::planner::testing {

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

StatusOr<WorldTexts> ReadWorldTexts(const std::string& folder) {
  WorldTexts texts;
  const auto metadata = json::Parse(ReadFile(StrCat(folder, "/metadata.json")));
  if (!metadata.ok()) return metadata.status();
  texts.metadata = *metadata;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == ".catalog") texts.catalogs[path.stem()] = ReadFile(path);
    if (path.extension() == ".graphql") texts.remote_schemas[path.stem()] = ReadFile(path);
  }
  return texts;
}

StatusOr<std::shared_ptr<const World>> MakeWorld(const WorldTexts& texts) {
  auto world = std::make_shared<World>();
  metadata::ReadResult read = metadata::Read(texts.metadata);
  if (!read.issues.empty()) {
    return InvalidArgument(
        StrCat("metadata: ", read.issues.front().path, ": ", read.issues.front().message));
  }
  world->metadata = std::make_shared<const metadata::Metadata>(std::move(read.metadata));
  for (const auto& [name, text] : texts.catalogs) {
    auto catalog = CatalogFromText(text);
    if (!catalog.ok()) return catalog.status();
    world->sources[name].catalog =
        std::make_shared<const plan::DatabaseCatalog>(*std::move(catalog));
  }
  for (const auto& [name, text] : texts.remote_schemas) {
    graphql::SchemaResult schema = graphql::BuildSchema(text);
    if (!schema.ok()) {
      return InvalidArgument(StrCat("schema of ", name, ": ", schema.errors.front().message));
    }
    world->remote_schemas[name].schema = std::move(schema.schema);
  }
  return std::shared_ptr<const World>(std::move(world));
}

}  // namespace joinery::planner::testing
