#include "services/joinery/cli/side.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "base/strings.h"
#include "graphql/introspection_reader.h"
#include "planner/metadata/reader.h"
#include "services/joinery/cli/git.h"

namespace joinery::cli {
namespace {

using json::Value;
namespace fs = std::filesystem;

bool IsAddress(const std::string& name) {
  return name.starts_with("http://") || name.starts_with("https://");
}

StatusOr<std::string> TemporaryFolder() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "joinery-metadata.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) return Unavailable("cannot make a temporary folder");
  return pattern;
}

// Every role that a document names.
std::set<std::string, std::less<>> RolesOf(const Value& document) {
  const metadata::Metadata metadata = metadata::Read(document).metadata;
  std::set<std::string, std::less<>> out = {"admin"};
  const auto add = [&](const auto& permissions) {
    for (const auto& permission : permissions) out.insert(permission.role);
  };
  for (const metadata::Source& source : metadata.sources) {
    for (const auto& table : source.tables) {
      add(table->select_permissions);
      add(table->insert_permissions);
      add(table->update_permissions);
      add(table->delete_permissions);
    }
    for (const metadata::Function& function : source.functions) {
      out.insert(function.roles.begin(), function.roles.end());
    }
  }
  for (const metadata::RemoteSchema& remote : metadata.remote_schemas) add(remote.permissions);
  for (const metadata::Action& action : metadata.actions) {
    out.insert(action.roles.begin(), action.roles.end());
  }
  for (const metadata::InheritedRole& role : metadata.inherited_roles) out.insert(role.name);
  return out;
}

}  // namespace

Side::~Side() {
  std::error_code error;
  if (!temporary_.empty()) fs::remove_all(temporary_, error);
}

StatusOr<std::unique_ptr<Side>> Side::Read(const Run& run, const std::string& name) {
  std::unique_ptr<Side> out(new Side());
  out->name_ = name;
  if (IsAddress(name)) {
    out->server_ = std::make_unique<Server>(name, run.admin_secret);
    ASSIGN_OR_RETURN(IssueOr<Value> answer, out->server_->Call("export_metadata", Value::Object()));
    if (!answer.ok()) {
      return FailedPrecondition(StrCat(name, " refused: ", answer.issue().message));
    }
    out->loaded_.document = std::move(answer).value();
    return out;
  }
  std::error_code error;
  if (fs::exists(name, error)) {
    out->path_ = name;
  } else if (name.find(':') != name.npos) {
    ASSIGN_OR_RETURN(out->temporary_, TemporaryFolder());
    ASSIGN_OR_RETURN(out->path_, CheckOut(name, out->temporary_));
  } else {
    return NotFound(StrCat("there is no metadata at ", name));
  }
  ASSIGN_OR_RETURN(out->loaded_, metadata::LoadMetadataWithPlaces(out->path_));
  return out;
}

std::string Side::SnapshotFile() const {
  if (path_.empty()) return {};
  const fs::path folder = fs::is_directory(path_) ? fs::path(metadata::MetadataFolder(path_))
                                                  : fs::path(path_).parent_path();
  return (folder / "snapshot.json").string();
}

metadata::Place Side::Named(metadata::Place place) const {
  if (temporary_.empty() || !place.file.starts_with(path_)) return place;
  std::string rest = place.file.substr(path_.size());
  if (!rest.empty() && rest.front() == '/' && name_.ends_with('/')) rest.erase(0, 1);
  place.file = name_ + rest;
  return place;
}

metadata::Place Side::PlaceOf(std::string_view path) const {
  return path.empty() ? metadata::Place() : Named(loaded_.places.Find(path));
}

planner::RoleSchemas Side::Schemas(const planner::Graph* graph, const Run& run) {
  if (server_ == nullptr) return planner::SchemasOf(*graph, run.schema);
  planner::RoleSchemas out;
  out.roles = RolesOf(loaded_.document);
  out.schema_of = [this](const std::string& role) -> std::shared_ptr<const graphql::Schema> {
    const StatusOr<Value> answer = server_->Introspect(role);
    if (!answer.ok()) {
      const std::string message(MessageOf(answer.status()));
      std::fprintf(stderr, "joinery metadata: %s\n", message.c_str());
      return nullptr;
    }
    return graphql::ReadIntrospection(*answer).schema;
  };
  return out;
}

StatusOr<planner::Observer> FindObserver(const Run& run, const Side& side,
                                         const std::string& fallback) {
  if (run.live) {
    const auto sources = std::make_shared<LiveSources>();
    return planner::Observer([sources](auto metadata, const Value& document) {
      return sources->Observe(std::move(metadata), document);
    });
  }
  std::error_code error;
  std::string file = run.snapshot.empty() ? side.SnapshotFile() : run.snapshot;
  if (run.snapshot.empty() && !fs::exists(file, error) && !fallback.empty()) file = fallback;
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    return NotFound(
        StrCat("there is no snapshot at ", file,
               ": make one by `joinery metadata snapshot`, or ask the sources by --live"));
  }
  std::ostringstream text;
  text << in.rdbuf();
  StatusOr<planner::Recording> recording = planner::ReadRecording(text.str());
  if (!recording.ok()) {
    return FailedPrecondition(StrCat(file, ": ", MessageOf(recording.status())));
  }
  return planner::Observer(
      [recording = std::make_shared<const planner::Recording>(*std::move(recording))](
          auto metadata, const Value&) { return recording->Observe(std::move(metadata)); });
}

}  // namespace joinery::cli
