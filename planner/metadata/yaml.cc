#include "planner/metadata/yaml.h"

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

StatusOr<Value> Convert(const YAML::Node& node, const IncludeReader& include, int depth) {
  if (depth > kMaxDepth) return InvalidArgument("nested too deeply");
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      return Value();
    case YAML::NodeType::Scalar: {
      const std::string& text = node.Scalar();
      if (node.Tag() == "!include") return include(text);
      if (text.starts_with(kInclude)) return include(text.substr(kInclude.size()));
      return node.Tag() == "!" ? Value(text) : PlainScalar(text);
    }
    case YAML::NodeType::Sequence: {
      Value list = Value::Array();
      for (const YAML::Node& item : node) {
        ASSIGN_OR_RETURN(Value value, Convert(item, include, depth + 1));
        list.Append(std::move(value));
      }
      return list;
    }
    case YAML::NodeType::Map: {
      Value object = Value::Object();
      for (const auto& entry : node) {
        ASSIGN_OR_RETURN(Value value, Convert(entry.second, include, depth + 1));
        object.Set(entry.first.Scalar(), std::move(value));
      }
      return object;
    }
  }
  return Value();
}

}  // namespace

StatusOr<Value> ParseYaml(const std::string& text, const IncludeReader& include) {
  // yaml-cpp throws; nothing of it leaves this function.
  try {
    return Convert(YAML::Load(text), include, 0);
  } catch (const YAML::Exception& error) {
    return InvalidArgument(
        StrCat("line ", error.mark.line + 1, ", column ", error.mark.column + 1, ": ", error.msg));
  }
}

}  // namespace joinery::metadata
