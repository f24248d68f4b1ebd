#include "planner/metadata/yaml.h"

#include <simdjson.h>
#include <yaml-cpp/yaml.h>

#include "base/strings.h"

namespace joinery::metadata {
namespace {

using json::Value;

constexpr std::string_view kInclude = "!include ";
constexpr int kMaxDepth = 200;

Value PlainScalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return Value(true);
  if (text == "false" || text == "False" || text == "FALSE") return Value(false);
  const StatusOr<Value> number = json::Parse(text);
  if (number.ok() && number->is_number()) return *number;
  return Value(text);
}

// A text that is none of the document's characters: bytes that are no UTF-8, or what yaml-cpp makes
// of the escapes \N and \_.
Status CheckText(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (simdjson::validate_utf8(text.data(), text.size())) return OkStatus();
  return InvalidArgument(StrCat("line ", node.Mark().line + 1, ", column ", node.Mark().column + 1,
                                ": the text is not UTF-8"));
}

class Converter {
 public:
  explicit Converter(const YamlHooks& hooks) : hooks_(hooks) {}

  StatusOr<Value> Convert(const YAML::Node& node, const std::string& path, int depth) {
    if (depth > kMaxDepth) return InvalidArgument("nested too deeply");
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Value();
      case YAML::NodeType::Scalar:
        return Scalar(node, path);
      case YAML::NodeType::Sequence: {
        Value list = Value::Array();
        size_t index = 0;
        for (const YAML::Node& item : node) {
          const std::string at = PathOf(path, "[", index++, "]");
          Tell(at, item);
          ASSIGN_OR_RETURN(Value value, Convert(item, at, depth + 1));
          list.Append(std::move(value));
        }
        return list;
      }
      case YAML::NodeType::Map: {
        Value object = Value::Object();
        for (const auto& entry : node) {
          RETURN_IF_ERROR(CheckText(entry.first));
          const std::string at = PathOf(path, ".", entry.first.Scalar());
          Tell(at, entry.first);
          ASSIGN_OR_RETURN(Value value, Convert(entry.second, at, depth + 1));
          object.Set(entry.first.Scalar(), std::move(value));
        }
        return object;
      }
    }
    return Value();
  }

 private:
  StatusOr<Value> Scalar(const YAML::Node& node, const std::string& path) {
    RETURN_IF_ERROR(CheckText(node));
    const std::string& text = node.Scalar();
    if (hooks_.include && node.Tag() == "!include") return hooks_.include(text, path);
    if (hooks_.include && text.starts_with(kInclude)) {
      return hooks_.include(text.substr(kInclude.size()), path);
    }
    return node.Tag() == "!" ? Value(text) : PlainScalar(text);
  }

  // Paths cost time; they are made only for those who want them.
  template <typename... Pieces>
  std::string PathOf(const std::string& path, const Pieces&... pieces) const {
    return hooks_.place || hooks_.include ? StrCat(path, pieces...) : std::string();
  }

  void Tell(const std::string& path, const YAML::Node& node) const {
    if (hooks_.place) hooks_.place(path, node.Mark().line + 1, node.Mark().column + 1);
  }

  const YamlHooks& hooks_;
};

}  // namespace

StatusOr<Value> ParseYaml(const std::string& text, const YamlHooks& hooks,
                          const std::string& path) {
  // yaml-cpp throws; nothing of it leaves this function.
  try {
    return Converter(hooks).Convert(YAML::Load(text), path, 0);
  } catch (const YAML::Exception& error) {
    return InvalidArgument(
        StrCat("line ", error.mark.line + 1, ", column ", error.mark.column + 1, ": ", error.msg));
  }
}

}  // namespace joinery::metadata
