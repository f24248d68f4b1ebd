#include "planner/check/json_schema.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/strings.h"
#include "json/write.h"

namespace joinery::planner {
namespace {

using json::Value;

constexpr std::string_view kText[] = {
#include "planner/check/metadata_schema.inc"
};

bool IsOfType(const Value& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_number() && value.int64().has_value();
  return type == "number" && value.is_number();
}

class Matcher {
 public:
  explicit Matcher(const Value& root) : root_(root) {}

  void Match(const Value& schema, const Value& value, const std::string& path,
             std::vector<SchemaMismatch>& out) const {
    if (const auto reference = schema.FindString("$ref")) {
      return Match(Resolve(*reference), value, path, out);
    }
    if (const Value* alternatives = schema.Find("anyOf")) {
      return MatchAny(*alternatives, value, path, out);
    }
    if (!MatchType(schema, value, path, out) || !MatchEnum(schema, value, path, out)) return;
    if (value.is_object()) MatchObject(schema, value, path, out);
    const Value* items = schema.Find("items");
    if (items == nullptr || !value.is_array()) return;
    for (size_t i = 0; i < value.items().size(); ++i) {
      Match(*items, value.items()[i], StrCat(path, "[", i, "]"), out);
    }
  }

 private:
  const Value& Resolve(std::string_view reference) const {
    constexpr std::string_view kPrefix = "#/definitions/";
    JOINERY_CHECK(reference.starts_with(kPrefix));
    const Value* found = root_.Find("definitions")->Find(reference.substr(kPrefix.size()));
    JOINERY_CHECK(found != nullptr);
    return *found;
  }

  void MatchAny(const Value& alternatives, const Value& value, const std::string& path,
                std::vector<SchemaMismatch>& out) const {
    std::vector<SchemaMismatch> best;
    bool first = true;
    for (const Value& alternative : alternatives.items()) {
      std::vector<SchemaMismatch> mismatches;
      Match(alternative, value, path, mismatches);
      if (mismatches.empty()) return;
      // One that fails at the value itself is further away than one that fails inside.
      const auto distance = [&](const std::vector<SchemaMismatch>& list) {
        const bool here = list.front().path == path && !list.front().unknown_key;
        return std::pair(here, list.size());
      };
      if (first || distance(mismatches) < distance(best)) best = std::move(mismatches);
      first = false;
    }
    out.insert(out.end(), best.begin(), best.end());
  }

  static bool MatchType(const Value& schema, const Value& value, const std::string& path,
                        std::vector<SchemaMismatch>& out) {
    const Value* type = schema.Find("type");
    if (type == nullptr) return true;
    std::vector<std::string> names;
    if (type->is_string()) names.push_back(type->string());
    for (const Value& one : type->items()) names.push_back(one.string());
    if (std::ranges::any_of(names, [&](const auto& name) { return IsOfType(value, name); })) {
      return true;
    }
    out.push_back({path, StrCat("expected ", Join(names, " or "), ", but found ",
                                ToLower(json::KindName(value.kind())))});
    return false;
  }

  static bool MatchEnum(const Value& schema, const Value& value, const std::string& path,
                        std::vector<SchemaMismatch>& out) {
    const Value* values = schema.Find("enum");
    if (values == nullptr || std::ranges::find(values->items(), value) != values->items().end()) {
      return true;
    }
    std::vector<std::string> texts;
    for (const Value& one : values->items()) texts.push_back(json::ToString(one));
    out.push_back({path, StrCat("expected one of ", Join(texts, ", "))});
    return false;
  }

  void MatchObject(const Value& schema, const Value& value, const std::string& path,
                   std::vector<SchemaMismatch>& out) const {
    if (const Value* required = schema.Find("required")) {
      for (const Value& name : required->items()) {
        if (value.Find(name.string()) == nullptr) {
          out.push_back({path, StrCat("there is no \"", name.string(), "\"")});
        }
      }
    }
    const Value* properties = schema.Find("properties");
    const Value* others = schema.Find("additionalProperties");
    for (const auto& [name, member] : value.members()) {
      const std::string at = StrCat(path, ".", name);
      const Value* known = properties == nullptr ? nullptr : properties->Find(name);
      if (known != nullptr) {
        Match(*known, member, at, out);
      } else if (others != nullptr && others->is_object()) {
        Match(*others, member, at, out);
      } else if (others != nullptr && others->is_bool() && !others->bool_value()) {
        out.push_back({at, UnknownText(name, properties), true});
      }
    }
  }

  static std::string UnknownText(const std::string& name, const Value* properties) {
    std::vector<std::string_view> known;
    if (properties != nullptr) {
      for (const auto& [one, ignored] : properties->members()) known.push_back(one);
    }
    const std::string_view nearest = NearestName(name, known);
    std::string out = StrCat("unknown key \"", name, "\"");
    if (!nearest.empty()) StrAppend(out, "; did you mean \"", nearest, "\"?");
    return out;
  }

  const Value& root_;
};

}  // namespace

std::vector<SchemaMismatch> MatchSchema(const Value& schema, const Value& value) {
  std::vector<SchemaMismatch> out;
  Matcher(schema).Match(schema, value, "$", out);
  return out;
}

const Value& MetadataSchema() {
  static const Value schema = [] {
    std::string text;
    for (const std::string_view piece : kText) text += piece;
    StatusOr<Value> parsed = json::Parse(text);
    JOINERY_CHECK(parsed.ok());
    return *std::move(parsed);
  }();
  return schema;
}

}  // namespace joinery::planner
