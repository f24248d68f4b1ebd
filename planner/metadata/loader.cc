#include "planner/metadata/loader.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/strings.h"
#include "json/scan.h"
#include "planner/metadata/action_types.h"
#include "planner/metadata/folder_parts.h"
#include "planner/metadata/yaml.h"

namespace joinery::metadata {
namespace {

using json::Value;
namespace fs = std::filesystem;

StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return NotFound("cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Tells where the parts of a JSON text stand.
class JsonPlaces {
 public:
  using Tell = std::function<void(const std::string& path, int line, int column)>;

  JsonPlaces(std::string_view text, const Tell& tell) : text_(text), tell_(tell) {}

  void Visit(size_t start, const std::string& path) {
    start = json::SkipBlanks(text_, start);
    if (start >= text_.size()) return;
    if (text_[start] == '{') {
      std::vector<json::MemberSpan> members;
      json::ReadMembers(text_, start, members);
      for (const json::MemberSpan& member : members) {
        const std::string at = StrCat(path, ".", member.name);
        TellAt(static_cast<size_t>(member.name.data() - text_.data()) - 1, at);
        Visit(member.begin, at);
      }
    } else if (text_[start] == '[') {
      std::vector<json::Extent> items;
      json::ReadItems(text_, start, items);
      for (size_t i = 0; i < items.size(); ++i) {
        const std::string at = StrCat(path, "[", i, "]");
        TellAt(items[i].begin, at);
        Visit(items[i].begin, at);
      }
    }
  }

 private:
  // Places come in the order of the text.
  void TellAt(size_t offset, const std::string& path) {
    for (; at_ < offset; ++at_) {
      if (text_[at_] != '\n') continue;
      ++line_;
      line_start_ = at_ + 1;
    }
    tell_(path, line_, static_cast<int>(offset - line_start_) + 1);
  }

  const std::string_view text_;
  const Tell& tell_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  int line_ = 1;
};

// The line and column that a message "line L, column C: m" begins with, and m.
FileMistake MistakeOf(const std::string& file, std::string_view message) {
  FileMistake out{.place = {.file = file}, .message = std::string(message)};
  if (!message.starts_with("line ")) return out;
  const char* const end = message.data() + message.size();
  int line = 0;
  int column = 0;
  const auto after_line = std::from_chars(message.data() + 5, end, line);
  constexpr std::string_view kColumn = ", column ";
  if (!std::string_view(after_line.ptr, end).starts_with(kColumn)) return out;
  const auto after_column = std::from_chars(after_line.ptr + kColumn.size(), end, column);
  out.place.line = line;
  out.place.column = column;
  out.message = Trim(std::string_view(after_column.ptr, end).substr(1));
  return out;
}

// Files of one load; knows which are open, so that a cycle of includes is an error.
class FileReader {
 public:
  FileReader(LoadedMetadata& out, bool places) : out_(out), places_(places) {}

  // Null: the file is empty or faulty.
  Value Read(const fs::path& path, const std::string& at) {
    std::error_code error;
    const fs::path canonical = fs::weakly_canonical(path, error);
    if (std::ranges::find(open_, canonical) != open_.end()) {
      return Fail(path, "includes itself");
    }
    const StatusOr<std::string> text = ReadFile(path);
    if (!text.ok()) return Fail(path, MessageOf(text.status()));
    out_.files.push_back(path.string());
    open_.push_back(canonical);
    StatusOr<Value> value = Parse(path, *text, at);
    open_.pop_back();
    return value.ok() ? *std::move(value) : Fail(path, MessageOf(value.status()));
  }

  // The text as it is.
  std::string ReadText(const fs::path& path) {
    StatusOr<std::string> text = ReadFile(path);
    if (!text.ok()) {
      Fail(path, MessageOf(text.status()));
      return {};
    }
    out_.files.push_back(path.string());
    return *std::move(text);
  }

  Value Fail(const fs::path& path, std::string_view message) {
    out_.mistakes.push_back(MistakeOf(path.string(), message));
    return {};
  }

  std::function<void(const std::string&, int, int)> Recorder(const fs::path& path) {
    if (!places_) return {};
    return [this, file = path.string()](const std::string& at, int line, int column) {
      out_.places.Set(at, {file, line, column});
    };
  }

 private:
  StatusOr<Value> Parse(const fs::path& path, const std::string& text, const std::string& at) {
    const auto record = Recorder(path);
    if (path.extension() == ".json") {
      StatusOr<Value> value = json::Parse(text);
      if (value.ok() && record) JsonPlaces(text, record).Visit(0, at);
      if (value.ok()) return value;
      // As YAML it says where the fault is.
    }
    YamlHooks hooks{.place = record};
    hooks.include = [&](const std::string& file, const std::string& part) -> StatusOr<Value> {
      const fs::path included = path.parent_path() / Trim(file);
      if (included.extension() == ".graphql") return Value(ReadText(included));
      return Read(included, part);
    };
    return ParseYaml(text, hooks, at);
  }

  LoadedMetadata& out_;
  const bool places_;
  std::vector<fs::path> open_;
};

// Says nothing: an empty list or object, or one with such members only.
bool IsEmpty(const Value& value) {
  if (value.is_null()) return true;
  if (value.is_array()) return value.items().empty();
  return value.is_object() &&
         std::ranges::all_of(value.members(), [](const auto& m) { return IsEmpty(m.second); });
}

void ReadActions(const fs::path& folder, FileReader& reader, Value& document) {
  if (fs::exists(folder / "actions.yaml")) {
    const Value value = reader.Read(folder / "actions.yaml", "$");
    const Value* actions = value.Find("actions");
    if (actions != nullptr && !IsEmpty(*actions)) document.Set("actions", *actions);
    if (const Value* types = value.Find("custom_types"); types != nullptr && !IsEmpty(*types)) {
      Value& custom = document.Set("custom_types", Value::Object());
      // The CLI writes all four lists, the server those that have something.
      for (const auto& [list, all] : types->members()) {
        if (!IsEmpty(all)) custom.Set(list, all);
      }
    }
  }
  const fs::path types = folder / "actions.graphql";
  if (!fs::exists(types)) return;
  const Status status = ApplyActionTypes(reader.ReadText(types), document, reader.Recorder(types));
  if (!status.ok()) reader.Fail(types, MessageOf(status));
}

void LoadFolder(const fs::path& folder, FileReader& reader, Value& document) {
  document.Set("version", 3);
  document.Set("sources", Value::Array());
  const auto read = [&](const fs::path& file, std::string_view member) {
    if (!fs::exists(file)) return;
    Value value = reader.Read(file, StrCat("$.", member));
    if (!IsEmpty(value)) document.Set(member, std::move(value));
  };
  read(folder / "databases" / "databases.yaml", "sources");
  for (const FolderPart& part : kFolderParts) read(folder / part.file, part.member);
  ReadActions(folder, reader, document);
  if (!fs::exists(folder / kOtherParts)) return;
  const Value others = reader.Read(folder / kOtherParts, "$");
  for (const auto& [name, value] : others.members()) {
    if (document.Find(name) == nullptr) document.Set(name, value);
  }
}

StatusOr<LoadedMetadata> Load(const std::string& path, bool places) {
  if (!fs::exists(path)) return NotFound(StrCat("there is no metadata at ", path));
  LoadedMetadata out;
  FileReader reader(out, places);
  if (fs::is_directory(path)) {
    LoadFolder(MetadataFolder(path), reader, out.document);
    return out;
  }
  out.document = reader.Read(path, "$");
  if (const Value* wrapped = out.document.Find("metadata")) {
    // An answer of export_metadata is a document too.
    out.document = Value(*wrapped);
    out.places.MakeRoot("$.metadata");
  }
  if (!out.document.is_object() && out.mistakes.empty()) {
    reader.Fail(path, "not a metadata document");
  }
  return out;
}

}  // namespace

std::string MetadataFolder(const std::string& path) {
  const fs::path folder(path);
  const fs::path inner = folder / "metadata";
  const bool project = fs::exists(folder / "config.yaml") && !fs::exists(folder / "databases");
  return (fs::is_directory(inner) || project ? inner : folder).string();
}

StatusOr<Value> LoadMetadata(const std::string& path) {
  ASSIGN_OR_RETURN(LoadedMetadata loaded, Load(path, false));
  if (loaded.mistakes.empty()) return std::move(loaded.document);
  const auto& [place, message] = loaded.mistakes.front();
  if (place.line == 0) return InvalidArgument(StrCat(place.file, ": ", message));
  return InvalidArgument(
      StrCat(place.file, ": line ", place.line, ", column ", place.column, ": ", message));
}

StatusOr<LoadedMetadata> LoadMetadataWithPlaces(const std::string& path) {
  return Load(path, true);
}

}  // namespace joinery::metadata
