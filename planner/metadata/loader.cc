#include "planner/metadata/loader.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/strings.h"
#include "planner/metadata/action_types.h"
#include "planner/metadata/yaml.h"

namespace joinery::metadata {
namespace {

using json::Value;
namespace fs = std::filesystem;

StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound(StrCat("cannot read ", path.string()));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Files of one load; knows which are open, so that a cycle of includes is an error.
class FileReader {
 public:
  StatusOr<Value> Read(const fs::path& path) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(path, error);
    if (std::ranges::find(open_, canonical) != open_.end()) {
      return InvalidArgument(StrCat(path.string(), ": includes itself"));
    }
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    open_.push_back(canonical);
    StatusOr<Value> value = ParseYaml(text, [&](const std::string& included) {
      return Read(path.parent_path() / Trim(included));
    });
    open_.pop_back();
    if (!value.ok() && MessageOf(value.status()).find(".yaml: ") == std::string_view::npos) {
      return InvalidArgument(StrCat(path.string(), ": ", MessageOf(value.status())));
    }
    return value;
  }

 private:
  std::vector<fs::path> open_;
};

struct Part {
  std::string_view file;
  std::string_view member;
};
constexpr std::array<Part, 12> kParts = {
    {{"remote_schemas.yaml", "remote_schemas"},
     {"query_collections.yaml", "query_collections"},
     {"allow_list.yaml", "allowlist"},
     {"cron_triggers.yaml", "cron_triggers"},
     {"rest_endpoints.yaml", "rest_endpoints"},
     {"api_limits.yaml", "api_limits"},
     {"metrics_config.yaml", "metrics_config"},
     {"inherited_roles.yaml", "inherited_roles"},
     {"network.yaml", "network"},
     {"backend_configs.yaml", "backend_configs"},
     {"opentelemetry.yaml", "opentelemetry"},
     {"graphql_schema_introspection.yaml", "graphql_schema_introspection"}}};

StatusOr<Value> LoadFolder(const fs::path& folder) {
  FileReader reader;
  Value document = Value::Object();
  document.Set("version", 3);
  document.Set("sources", Value::Array());
  const auto read = [&](const fs::path& file, const auto& use) -> Status {
    if (!fs::exists(file)) return OkStatus();
    ASSIGN_OR_RETURN(Value value, reader.Read(file));
    if (!value.is_null()) use(std::move(value));
    return OkStatus();
  };
  RETURN_IF_ERROR(read(folder / "databases" / "databases.yaml",
                       [&](Value value) { document.Set("sources", std::move(value)); }));
  for (const Part& part : kParts) {
    RETURN_IF_ERROR(read(folder / part.file,
                         [&](Value value) { document.Set(part.member, std::move(value)); }));
  }
  RETURN_IF_ERROR(read(folder / "actions.yaml", [&](Value value) {
    for (const std::string_view member : {"actions", "custom_types"}) {
      if (const Value* found = value.Find(member)) document.Set(member, *found);
    }
  }));
  if (fs::exists(folder / "actions.graphql")) {
    ASSIGN_OR_RETURN(const std::string types, ReadFile(folder / "actions.graphql"));
    const Status status = ApplyActionTypes(types, document);
    if (!status.ok()) {
      return InvalidArgument(
          StrCat((folder / "actions.graphql").string(), ": ", MessageOf(status)));
    }
  }
  return document;
}

}  // namespace

StatusOr<Value> LoadMetadata(const std::string& path) {
  if (fs::is_directory(path)) {
    // `hasura/` and `hasura/metadata/` are both understood.
    const fs::path inner = fs::path(path) / "metadata";
    return LoadFolder(fs::is_directory(inner) ? inner : fs::path(path));
  }
  if (!fs::exists(path)) return NotFound(StrCat("there is no metadata at ", path));
  FileReader reader;
  ASSIGN_OR_RETURN(Value document, reader.Read(path));
  if (!document.is_object()) return InvalidArgument(StrCat(path, ": not a metadata document"));
  if (const Value* wrapped = document.Find("metadata")) return Value(*wrapped);
  return document;
}

}  // namespace joinery::metadata
