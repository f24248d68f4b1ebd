#include "connectors/postgres/sql/bind.h"

#include <algorithm>
#include <limits>

#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors::postgres {
namespace {

using Text = std::optional<std::string>;

bool IsJsonType(const plan::SqlType& type) {
  return type.dimensions == 0 && (type.name == "json" || type.name == "jsonb");
}

// An element of an array literal.
void AppendElement(std::string& out, const Text& text) {
  if (!text) {
    out.append("NULL");
    return;
  }
  out.push_back('"');
  for (const char c : *text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

Text ScalarText(const json::Value& value) {
  switch (value.kind()) {
    case json::Value::Kind::kNull:
      return std::nullopt;
    case json::Value::Kind::kBool:
      return value.bool_value() ? "true" : "false";
    case json::Value::Kind::kNumber:
      return value.number_text();
    case json::Value::Kind::kString:
      return value.string();
    default:
      return json::ToString(value);
  }
}

// 1.0 and 1e2 are whole numbers to a client, not to Postgres.
Text IntegerText(const json::Value& value) {
  const std::optional<int64_t> whole = value.int64();
  return whole ? Text(StrCat(*whole)) : ScalarText(value);
}

bool IsInteger(const plan::SqlType& type) {
  return type.name == "int2" || type.name == "int4" || type.name == "int8";
}

void AppendArray(std::string& out, const json::Value& list, const plan::SqlType& element) {
  out.push_back('{');
  for (size_t i = 0; i < list.items().size(); ++i) {
    if (i > 0) out.push_back(',');
    const json::Value& item = list.items()[i];
    if (item.is_array() && !IsJsonType(element)) {
      AppendArray(out, item, element);
    } else if (IsJsonType(element)) {
      AppendElement(out, json::ToString(item));
    } else {
      AppendElement(out, IsInteger(element) ? IntegerText(item) : ScalarText(item));
    }
  }
  out.push_back('}');
}

// What a JSON value is to a parameter of that type.
Text FromJson(const json::Value& value, const plan::SqlType& type) {
  if (value.is_null()) return std::nullopt;
  if (type.dimensions > 0) {
    // A string is a Postgres literal already; one value stands for a list of it.
    if (value.is_string()) return value.string();
    plan::SqlType element = type;
    element.dimensions = 0;
    std::string out;
    if (value.is_array()) {
      AppendArray(out, value, element);
    } else {
      AppendArray(out, json::Value::Array({value}), element);
    }
    return out;
  }
  if (IsJsonType(type)) return json::ToString(value);
  if (IsInteger(type)) return IntegerText(value);
  return ScalarText(value);
}

// Session variables are text; a list of them may also be written as a JSON array.
Text FromText(const std::string& text, const plan::SqlType& type) {
  if (type.dimensions > 0 && Trim(text).starts_with("[")) {
    if (const auto list = json::Parse(text); list.ok() && list->is_array()) {
      return FromJson(*list, type);
    }
  }
  return text;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool IsUuid(std::string_view text) {
  size_t digits = 0;
  for (const char c : text) {
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (hex) {
      ++digits;
    } else if (c != '-' && c != '{' && c != '}') {
      return false;
    }
  }
  return digits == 32 && text.size() <= 38;
}

bool FitsInteger(std::string_view text, const plan::SqlType& type) {
  const std::optional<int64_t> value = ParseInt64(text.starts_with('+') ? text.substr(1) : text);
  if (!value) return false;
  if (type.name == "int4") return *value == static_cast<int32_t>(*value);
  if (type.name == "int2") return *value == static_cast<int16_t>(*value);
  return true;
}

bool IsNumeric(std::string_view text) {
  const auto parsed = json::Parse(text);
  return (parsed.ok() && parsed->is_number()) || IsDigits(text);
}

// Whether a key's text can be of the column's type at all. Types not named here take any text, or
// the planner has made sure of it.
bool KeyFits(std::string_view text, const plan::SqlType& type) {
  if (IsInteger(type)) return FitsInteger(text, type);
  if (type.name == "uuid") return IsUuid(text);
  if (type.name == "numeric" || type.name == "float8" || type.name == "float4") {
    return IsNumeric(text);
  }
  if (type.name == "bool") return text == "true" || text == "false";
  return true;
}

// Keys are raw JSON; the usual ones, numbers and strings without escapes, are read without a
// parser.
Text KeyText(const std::string& raw, const plan::SqlType& type) {
  std::string text;
  if (raw.size() >= 2 && raw.front() == '"' && raw.find('\\') == std::string::npos) {
    text = raw.substr(1, raw.size() - 2);
  } else if (!raw.empty() && (raw.front() == '-' || (raw.front() >= '0' && raw.front() <= '9'))) {
    text = raw;
    if (IsInteger(type) && raw.find_first_of(".eE") != std::string::npos) {
      const std::optional<int64_t> whole = json::Value::Number(raw).int64();
      if (!whole) return std::nullopt;
      text = StrCat(*whole);
    }
  } else {
    const auto parsed = json::Parse(raw);
    if (!parsed.ok()) return std::nullopt;
    const Text scalar = ScalarText(*parsed);
    if (!scalar) return std::nullopt;
    text = *scalar;
  }
  if (!KeyFits(text, type)) return std::nullopt;
  return text;
}

std::string KeyArray(const std::vector<std::string>& column, const plan::SqlType& type) {
  std::string out = "{";
  out.reserve(column.size() * 8);
  const bool plain = IsInteger(type);
  for (size_t i = 0; i < column.size(); ++i) {
    if (i > 0) out.push_back(',');
    const Text text = KeyText(column[i], type);
    if (plain && text) {
      out.append(*text);
    } else {
      AppendElement(out, text);
    }
  }
  out.push_back('}');
  return out;
}

// Keys that are lists, as an array of the texts of arrays. Items that cannot be of the type match
// nothing, so they are left out.
std::string KeyListArray(const std::vector<std::string>& column, const plan::SqlType& type) {
  std::string out = "{";
  for (size_t i = 0; i < column.size(); ++i) {
    if (i > 0) out.push_back(',');
    std::string list = "{";
    const auto parsed = json::Parse(column[i]);
    const json::Value one = parsed.ok() ? *parsed : json::Value();
    const std::vector<json::Value> single = {one};
    for (const json::Value& item : one.is_array() ? one.items() : single) {
      const Text text = KeyText(json::ToString(item), type);
      if (!text) continue;
      if (list.size() > 1) list.push_back(',');
      AppendElement(list, text);
    }
    list.push_back('}');
    AppendElement(out, list);
  }
  out.push_back('}');
  return out;
}

StatusOr<Text> ParameterText(const plan::ParameterValue& value, const plan::SqlType& type) {
  switch (value.kind) {
    case plan::ParameterValue::Kind::kAbsent:
      return Text();
    case plan::ParameterValue::Kind::kText:
      return FromText(value.bytes, type);
    case plan::ParameterValue::Kind::kJson: {
      ASSIGN_OR_RETURN(const json::Value parsed, json::Parse(value.bytes, 2000));
      return FromJson(parsed, type);
    }
  }
  return Text();
}

}  // namespace

StatusOr<std::vector<Text>> Bind(const SqlStatement& statement,
                                 const plan::ExecuteRequest& request) {
  std::vector<Text> out;
  out.reserve(statement.bindings.size());
  for (const Binding& binding : statement.bindings) {
    if (binding.kind == Binding::Kind::kParameter) {
      if (binding.index >= request.parameters.size()) {
        return InvalidArgument("fewer parameters than the fragment has");
      }
      ASSIGN_OR_RETURN(Text text, ParameterText(request.parameters[binding.index], binding.type));
      out.push_back(std::move(text));
      continue;
    }
    if (binding.index >= request.batches.size() ||
        binding.column >= request.batches[binding.index].columns.size()) {
      return InvalidArgument("fewer keys than the fragment has");
    }
    const auto& column = request.batches[binding.index].columns[binding.column];
    out.push_back(binding.kind == Binding::Kind::kKeyLists ? KeyListArray(column, binding.type)
                                                           : KeyArray(column, binding.type));
  }
  return out;
}

}  // namespace joinery::connectors::postgres
