#include "planner/metadata/folder.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "planner/metadata/action_types.h"
#include "planner/metadata/folder_parts.h"
#include "planner/metadata/loader.h"
#include "planner/metadata/yaml.h"
#include "planner/metadata/yaml_writer.h"

namespace joinery::metadata {
namespace {

using json::Value;
namespace fs = std::filesystem;
using Names = std::initializer_list<std::string_view>;

bool Contains(Names names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The members in the order of `first`, then the others; without those in `left_out`.
Value Ordered(const Value& object, Names first, Names left_out = {}) {
  if (!object.is_object()) return object;
  Value out = Value::Object();
  for (const std::string_view name : first) {
    if (const Value* found = object.Find(name)) out.Set(name, *found);
  }
  for (const auto& [name, value] : object.members()) {
    if (!Contains(first, name) && !Contains(left_out, name)) out.Set(name, value);
  }
  return out;
}

// A list with each element made anew.
template <typename Make>
Value Mapped(const Value* list, const Make& make) {
  Value out = Value::Array();
  if (list == nullptr) return out;
  for (const Value& item : list->items()) out.Append(make(item));
  return out;
}

// A name that is no way out of its folder.
std::string SafeName(std::string name) {
  if (name.empty()) return "_";
  // Blanks before the name of an included file do not count.
  if (name.front() == ' ' || name.front() == '\t' || name.front() == '\r' || name.front() == '\n')
    name.front() = '_';
  const std::vector<std::string_view> steps = Split(name, '/');
  const bool safe = std::ranges::none_of(
      steps, [](std::string_view step) { return step.empty() || step == "." || step == ".."; });
  return safe ? name : ReplaceAll(ReplaceAll(name, "/", "_"), "..", "__");
}

class FolderWriter {
 public:
  explicit FolderWriter(const Value& document) : document_(document) {}

  FolderFiles Write() {
    files_["version.yaml"] = "version: 3\n";
    WriteSources();
    WriteActions();
    for (const FolderPart& part : kFolderParts) {
      const Value* value = document_.Find(part.member);
      const bool absent = value == nullptr || value->is_null();
      files_[std::string(part.file)] = absent ? std::string(part.empty)
                                       : part.member == "remote_schemas"
                                           ? WriteYaml(RemoteSchemas(*value))
                                           : WriteYaml(*value);
    }
    WriteOthers();
    return std::move(files_);
  }

 private:
  void WriteSources() {
    const Value sources =
        Mapped(document_.Find("sources"), [&](const Value& source) { return Source(source); });
    files_["databases/databases.yaml"] = WriteYaml(sources);
  }

  Value Source(const Value& source) {
    Value out = Ordered(source,
                        {"name", "kind", "configuration", "query_tags", "customization",
                         "health_check", "custom_return_types", "native_queries"},
                        {"tables", "functions"});
    const std::string name = SafeName(std::string(source.FindString("name").value_or("")));
    for (const auto& [list, element] :
         {std::pair<std::string_view, std::string_view>("tables", "table"),
          {"functions", "function"}}) {
      const Value* items = source.Find(list);
      if (items == nullptr) continue;
      if (list == "functions" && items->items().empty()) {
        out.Set(list, *items);
        continue;
      }
      WriteElements(*items, StrCat("databases/", name, "/", list), list, element);
      out.Set(list, StrCat("!include ", name, "/", list, "/", list, ".yaml"));
    }
    return out;
  }

  // A file per table or function, and the list of them.
  void WriteElements(const Value& items, const std::string& folder, std::string_view list,
                     std::string_view element) {
    const Value includes = Mapped(&items, [&](const Value& item) {
      const std::string stem = SafeName(FileStem(item, element));
      std::string file = stem + ".yaml";
      for (int i = 2; files_.contains(StrCat(folder, "/", file)) || file == StrCat(list, ".yaml");
           ++i) {
        file = StrCat(stem, "_", i, ".yaml");
      }
      files_[StrCat(folder, "/", file)] = WriteYaml(item);
      return Value(StrCat("!include ", file));
    });
    files_[StrCat(folder, "/", list, ".yaml")] = WriteYaml(includes);
  }

  static std::string FileStem(const Value& item, std::string_view element) {
    const Value* name = item.Find(element);
    if (name == nullptr) name = &item;
    if (name->is_string()) return StrCat("public_", name->string());
    if (name->is_array()) {
      std::vector<std::string> steps;
      for (const Value& step : name->items()) {
        if (step.is_string()) steps.push_back(step.string());
      }
      return Join(steps, "_");
    }
    std::string_view schema = "public";
    for (const std::string_view member : {"schema", "dataset"}) {
      if (const auto found = name->FindString(member)) {
        schema = *found;
        break;
      }
    }
    return StrCat(schema, "_", name->FindString("name").value_or(""));
  }

  // What types and arguments there are stands in actions.graphql.
  void WriteActions() {
    files_["actions.graphql"] = WriteActionTypes(document_);
    Value out = Value::Object();
    out.Set("actions", Mapped(document_.Find("actions"), Action));
    const Value* types = document_.Find("custom_types");
    Value custom = Value::Object();
    for (const std::string_view list : {"enums", "input_objects", "objects", "scalars"}) {
      custom.Set(list, Mapped(types == nullptr ? nullptr : types->Find(list), CustomType));
    }
    out.Set("custom_types", std::move(custom));
    files_["actions.yaml"] = WriteYaml(out);
  }

  static Value Action(const Value& action) {
    Value out = Ordered(action, {"name", "definition", "permissions", "comment"});
    if (const Value* comment = out.Find("comment"); comment != nullptr && comment->is_null()) {
      out.Remove("comment");
    }
    Value* found = out.Find("definition");
    if (found == nullptr) return out;
    Value definition = Value::Object({{"kind", Value("")}, {"handler", Value("")}});
    const Value rest = Ordered(*found,
                               {"kind", "handler", "forward_client_headers", "headers", "timeout",
                                "request_transform", "response_transform"},
                               {"type", "arguments", "output_type"});
    for (const auto& [name, value] : rest.members()) definition.Set(name, value);
    *found = std::move(definition);
    return out;
  }

  static Value CustomType(const Value& type) {
    Value out = Ordered(type, {"name", "description", "values", "relationships"}, {"fields"});
    if (const Value* text = out.Find("description"); text != nullptr && text->is_null()) {
      out.Remove("description");
    }
    return out;
  }

  static Value RemoteSchemas(const Value& schemas) {
    return Mapped(&schemas, [](const Value& schema) {
      Value out =
          Ordered(schema, {"name", "definition", "comment", "permissions", "remote_relationships"});
      if (Value* permissions = out.Find("permissions")) {
        for (Value& permission : permissions->items()) {
          permission = Ordered(permission, {"role", "definition"});
        }
      }
      return out;
    });
  }

  void WriteOthers() {
    Value others = Value::Object();
    for (const auto& [name, value] : document_.members()) {
      const bool elsewhere =
          Contains({"version", "sources", "actions", "custom_types"}, name) ||
          std::ranges::find(kFolderParts, name, &FolderPart::member) != kFolderParts.end();
      if (!elsewhere) others.Set(name, value);
    }
    if (!others.members().empty()) files_[std::string(kOtherParts)] = WriteYaml(others);
  }

  const Value& document_;
  FolderFiles files_;
};

std::optional<std::string> ReadText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

// Whether two texts of a file say the same; includes are compared by name.
bool SameContents(const std::string& file, const std::string& a, const std::string& b,
                  const Value& document) {
  if (a == b) return true;
  if (file.ends_with(".graphql")) {
    Value one = document;
    Value other = document;
    return ApplyActionTypes(a, one).ok() && ApplyActionTypes(b, other).ok() && one == other &&
           one == document;
  }
  const StatusOr<Value> one = ParseYaml(a, {});
  const StatusOr<Value> other = ParseYaml(b, {});
  return one.ok() && other.ok() && *one == *other;
}

Status WriteText(const fs::path& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) return Unavailable(StrCat("cannot write ", path.string()));
  return OkStatus();
}

}  // namespace

FolderFiles WriteFolder(const Value& document) { return FolderWriter(document).Write(); }

StatusOr<FolderChanges> SaveFolder(const Value& document, const std::string& folder) {
  const fs::path root = MetadataFolder(folder);
  // Files of before that only tables and functions of before had.
  std::set<std::string> stale;
  if (const auto before = LoadMetadataWithPlaces(root.string()); before.ok()) {
    for (const std::string& file : before->files) {
      const std::string name = fs::path(file).lexically_relative(root).generic_string();
      if (name.starts_with("databases/")) stale.insert(name);
    }
  }
  FolderChanges out;
  for (const auto& [name, text] : WriteFolder(document)) {
    stale.erase(name);
    const std::optional<std::string> present = ReadText(root / name);
    if (present && SameContents(name, *present, text, document)) continue;
    RETURN_IF_ERROR(WriteText(root / name, text));
    out.written.push_back(name);
  }
  for (const std::string& name : stale) {
    std::error_code error;
    if (fs::remove(root / name, error)) out.removed.push_back(name);
  }
  return out;
}

}  // namespace joinery::metadata
