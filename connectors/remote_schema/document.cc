#include "connectors/remote_schema/document.h"

#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"

namespace joinery::connectors::remote_schema {
namespace {

// A JSON value written as a GraphQL literal: member names lose their quotes.
void AppendLiteral(const json::Value& value, std::string& out) {
  if (value.is_array()) {
    out.push_back('[');
    for (size_t i = 0; i < value.items().size(); ++i) {
      if (i > 0) out.append(", ");
      AppendLiteral(value.items()[i], out);
    }
    out.push_back(']');
  } else if (value.is_object()) {
    out.push_back('{');
    for (size_t i = 0; i < value.members().size(); ++i) {
      if (i > 0) out.append(", ");
      StrAppend(out, value.members()[i].first, ": ");
      AppendLiteral(value.members()[i].second, out);
    }
    out.push_back('}');
  } else {
    json::Write(value, out);
  }
}

// A key as a value of its type: text types take numbers only as strings.
void AppendKeyVariable(const std::string& raw, const std::string& type, std::string& out) {
  const bool number = !raw.empty() && raw.front() != '"' && raw.front() != '[' && raw.front() != '{' &&
                      raw != "true" && raw != "false";
  if (number && (type == "String!" || type == "ID!")) {
    StrAppend(out, "\"", raw, "\"");
  } else {
    out.append(raw);
  }
}

class DocumentBuilder {
 public:
  DocumentBuilder(const plan::GraphqlFragment& fragment, const plan::ExecuteRequest& request)
      : fragment_(fragment), request_(request) {}

  UpstreamDocument Build() {
    for (const plan::GraphqlFragment::Variable& variable : fragment_.variables) ClientVariable(variable);
    for (uint32_t batch = 0; batch < fragment_.key_types.size(); ++batch) KeyVariables(batch);
    std::string selection;
    size_t number = 0;
    for (const plan::GraphqlRoot& root : fragment_.roots) {
      if (!root.batch) {
        const std::string& text = root.text.front().text;
        const bool same = text.starts_with(root.alias) &&
                          (text.size() == root.alias.size() || text[root.alias.size()] == ' ' ||
                           text[root.alias.size()] == '(');
        if (!same) StrAppend(selection, root.alias, ": ");
        StrAppend(selection, text, " ");
        continue;
      }
      const size_t keys = request_.batches[*root.batch].size();
      for (size_t slot = 0; slot < keys; ++slot) Aliased(root, slot, number++, selection);
    }
    UpstreamDocument out;
    out.query = fragment_.operation == plan::GraphqlFragment::Operation::kMutation ? "mutation" : "query";
    if (!declarations_.empty()) StrAppend(out.query, " (", declarations_, ")");
    StrAppend(out.query, " { ", selection, "}");
    out.variables = StrCat("{", values_, "}");
    return out;
  }

 private:
  void Declare(std::string_view name, std::string_view type) {
    StrAppend(declarations_, declarations_.empty() ? "" : ", ", "$", name, ": ", type);
  }

  void ClientVariable(const plan::GraphqlFragment::Variable& variable) {
    Declare(variable.name, variable.type);
    const plan::ParameterValue& value = request_.parameters[variable.parameter];
    if (value.kind == plan::ParameterValue::Kind::kAbsent) return;
    Comma();
    StrAppend(values_, "\"", variable.name, "\":");
    if (value.kind == plan::ParameterValue::Kind::kJson) {
      values_.append(value.bytes);
    } else {
      AppendText(value.bytes, variable.type);
    }
  }

  // Session variables are text; numbers and booleans are written as such.
  void AppendText(const std::string& text, std::string_view type) {
    while (type.ends_with('!')) type.remove_suffix(1);
    const bool literal = type == "Int" || type == "Float" || type == "Boolean";
    if (literal && json::Parse(text).ok()) {
      values_.append(text);
    } else {
      json::AppendQuoted(values_, text);
    }
  }

  void KeyVariables(uint32_t batch) {
    const std::vector<std::string>& types = fragment_.key_types[batch];
    for (size_t c = 0; c < types.size(); ++c) {
      if (types[c].empty()) continue;
      const auto& column = request_.batches[batch].columns;
      if (c >= column.size()) continue;
      for (size_t slot = 0; slot < column[c].size(); ++slot) {
        const std::string name = KeyName(batch, slot, c);
        Declare(name, types[c]);
        Comma();
        StrAppend(values_, "\"", name, "\":");
        AppendKeyVariable(column[c][slot], types[c], values_);
      }
    }
  }

  static std::string KeyName(uint32_t batch, size_t slot, size_t column) {
    return StrCat("k", batch, "_", slot, "_", column);
  }

  void Aliased(const plan::GraphqlRoot& root, size_t slot, size_t number, std::string& out) {
    StrAppend(out, "f", number, ": ");
    for (const plan::TextPiece& piece : root.text) {
      if (piece.kind == plan::TextPiece::Kind::kText) {
        out.append(piece.text);
      } else if (!fragment_.key_types[*root.batch][piece.index].empty()) {
        StrAppend(out, "$", KeyName(*root.batch, slot, piece.index));
      } else {
        const std::string& raw = request_.batches[*root.batch].columns[piece.index][slot];
        const auto value = json::Parse(raw);
        if (value.ok()) AppendLiteral(*value, out);
      }
    }
    out.push_back(' ');
  }

  void Comma() {
    if (!values_.empty()) values_.push_back(',');
  }

  const plan::GraphqlFragment& fragment_;
  const plan::ExecuteRequest& request_;
  std::string declarations_;
  std::string values_;
};

}  // namespace

std::string UpstreamDocument::body() const {
  std::string out = "{\"query\":";
  json::AppendQuoted(out, query);
  if (variables != "{}") StrAppend(out, ",\"variables\":", variables);
  out.push_back('}');
  return out;
}

UpstreamDocument BuildDocument(const plan::Fragment& fragment, const plan::ExecuteRequest& request) {
  return DocumentBuilder(std::get<plan::GraphqlFragment>(fragment.body), request).Build();
}

}  // namespace joinery::connectors::remote_schema
