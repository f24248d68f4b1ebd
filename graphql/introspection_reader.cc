#include "graphql/introspection_reader.h"

#include <string>
#include <utility>

#include "base/strings.h"

namespace joinery::graphql {
namespace {

using Handle = SchemaBuilder::Handle;

// Where in the result a reader stands, for messages: a chain of names on the stack.
class Place {
 public:
  Place(const Place* parent, std::string_view name, size_t index = kNoIndex)
      : parent_(parent), name_(name), index_(index) {}

  std::string ToString() const {
    std::string out = parent_ == nullptr ? std::string() : parent_->ToString();
    if (!out.empty()) out.push_back('.');
    out.append(name_);
    if (index_ != kNoIndex) StrAppend(out, '[', index_, ']');
    return out;
  }

 private:
  static constexpr size_t kNoIndex = SIZE_MAX;

  const Place* parent_;
  std::string_view name_;
  size_t index_;
};

// Feeds an introspection result to a SchemaBuilder. Collects errors and goes on.
class Reader {
 public:
  SchemaResult Read(const json::Value& schema);

 private:
  void ReadType(const json::Value& type, const Place& place);
  void ReadFields(Handle handle, const json::Value& type, const Place& place);
  void ReadInterfaces(Handle handle, const json::Value& type, const Place& place);
  void ReadMembers(Handle handle, const json::Value& type, const Place& place);
  void ReadEnumValues(Handle handle, const json::Value& type, const Place& place);
  void ReadInputFields(Handle handle, const json::Value& type, const Place& place);
  void ReadDirective(const json::Value& directive, const Place& place);
  void ReadRoot(const json::Value& schema, std::string_view key, ast::OperationKind kind);
  InputValueSpec ReadInput(const json::Value& input, const Place& place);
  std::vector<InputValueSpec> ReadInputs(const json::Value& owner, std::string_view key,
                                         const Place& place);
  TypeRef ReadRef(const json::Value* ref, const Place& place, int depth = 0);
  TypeRef ReadWrapped(const json::Value& ref, const Place& place, int depth, bool list);

  // The text of a member that must be there; empty, and an error, when it is not.
  std::string_view Required(const json::Value& object, std::string_view key, const Place& place);
  static std::string_view Optional(const json::Value& object, std::string_view key) {
    return object.FindString(key).value_or(std::string_view());
  }
  static std::optional<std::string_view> DeprecationReason(const json::Value& object) {
    if (!object.FindBool("isDeprecated", false)) return std::nullopt;
    return Optional(object, "deprecationReason");
  }
  // Calls `read` for each object of a list member; a missing or null list has none.
  template <typename ReadOne>
  void ForEach(const json::Value& owner, std::string_view key, const Place& place, ReadOne read);
  void Error(std::string message) {
    errors_.push_back({.kind = SchemaError::Kind::kInvalid,
                       .message = std::move(message),
                       .type_name = type_,
                       .member = {},
                       .location = {}});
  }

  SchemaBuilder builder_;
  std::string type_;  // The name of the type being read.
  std::vector<SchemaError> errors_;
};

std::string_view Reader::Required(const json::Value& object, std::string_view key,
                                  const Place& place) {
  const std::optional<std::string_view> text = object.FindString(key);
  if (text.has_value() && !text->empty()) return *text;
  Error(StrCat(place.ToString(), ": key \"", key, "\" not found"));
  return {};
}

template <typename ReadOne>
void Reader::ForEach(const json::Value& owner, std::string_view key, const Place& place,
                     ReadOne read) {
  const json::Value* list = owner.Find(key);
  if (list == nullptr || list->is_null()) return;
  if (!list->is_array()) {
    return Error(StrCat(Place(&place, key).ToString(), ": expected a list"));
  }
  for (size_t i = 0; i < list->items().size(); ++i) {
    const Place here(&place, key, i);
    if (list->items()[i].is_object()) {
      read(list->items()[i], here);
    } else {
      Error(StrCat(here.ToString(), ": expected an object"));
    }
  }
}

TypeRef Reader::ReadWrapped(const json::Value& ref, const Place& place, int depth, bool list) {
  const TypeRef inner = ReadRef(ref.Find("ofType"), Place(&place, "ofType"), depth + 1);
  if (!inner) return {};
  return list ? List(inner) : NonNull(inner);
}

TypeRef Reader::ReadRef(const json::Value* ref, const Place& place, int depth) {
  if (ref == nullptr || !ref->is_object()) {
    Error(StrCat(place.ToString(), ": key not found"));
    return {};
  }
  if (depth >= TypeRef::kMaxWrappers) {
    Error(StrCat(place.ToString(), ": the type is nested too deeply"));
    return {};
  }
  const std::string_view kind = Optional(*ref, "kind");
  if (kind == "LIST" || kind == "NON_NULL") return ReadWrapped(*ref, place, depth, kind == "LIST");
  const std::string_view name = Required(*ref, "name", place);
  return name.empty() ? TypeRef() : builder_.Type(name);
}

InputValueSpec Reader::ReadInput(const json::Value& input, const Place& place) {
  InputValueSpec spec{.name = Required(input, "name", place),
                      .type = ReadRef(input.Find("type"), Place(&place, "type")),
                      .description = Optional(input, "description"),
                      .deprecation_reason = DeprecationReason(input)};
  spec.default_text = input.FindString("defaultValue");
  return spec;
}

std::vector<InputValueSpec> Reader::ReadInputs(const json::Value& owner, std::string_view key,
                                               const Place& place) {
  std::vector<InputValueSpec> specs;
  ForEach(owner, key, place, [&](const json::Value& input, const Place& here) {
    specs.push_back(ReadInput(input, here));
  });
  std::erase_if(specs, [](const InputValueSpec& spec) { return !spec.type; });
  return specs;
}

void Reader::ReadFields(Handle handle, const json::Value& type, const Place& place) {
  ForEach(type, "fields", place, [&](const json::Value& field, const Place& here) {
    const FieldSpec spec{.name = Required(field, "name", here),
                         .type = ReadRef(field.Find("type"), Place(&here, "type")),
                         .description = Optional(field, "description"),
                         .arguments = ReadInputs(field, "args", here),
                         .deprecation_reason = DeprecationReason(field)};
    if (spec.type) builder_.AddField(handle, spec);
  });
}

void Reader::ReadInterfaces(Handle handle, const json::Value& type, const Place& place) {
  ForEach(type, "interfaces", place, [&](const json::Value& ref, const Place& here) {
    const std::string_view name = Required(ref, "name", here);
    if (!name.empty()) builder_.AddInterfaceTo(handle, name);
  });
}

void Reader::ReadMembers(Handle handle, const json::Value& type, const Place& place) {
  ForEach(type, "possibleTypes", place, [&](const json::Value& ref, const Place& here) {
    const std::string_view name = Required(ref, "name", here);
    if (!name.empty()) builder_.AddMember(handle, name);
  });
}

void Reader::ReadEnumValues(Handle handle, const json::Value& type, const Place& place) {
  ForEach(type, "enumValues", place, [&](const json::Value& value, const Place& here) {
    builder_.AddValue(handle, {.name = Required(value, "name", here),
                               .description = Optional(value, "description"),
                               .deprecation_reason = DeprecationReason(value)});
  });
}

void Reader::ReadInputFields(Handle handle, const json::Value& type, const Place& place) {
  for (const InputValueSpec& spec : ReadInputs(type, "inputFields", place)) {
    builder_.AddInputField(handle, spec);
  }
}

void Reader::ReadType(const json::Value& type, const Place& place) {
  const std::string_view kind = Required(type, "kind", place);
  const std::string_view name = Required(type, "name", place);
  if (kind.empty() || name.empty() || name.starts_with("__")) return;
  type_ = name;
  const std::string_view text = Optional(type, "description");
  if (kind == "SCALAR") {
    std::string_view url = Optional(type, "specifiedByURL");
    if (url.empty()) url = Optional(type, "specifiedByUrl");
    builder_.AddScalar(name, text, url);
  } else if (kind == "OBJECT") {
    const Handle handle = builder_.AddObject(name, text);
    ReadFields(handle, type, place);
    ReadInterfaces(handle, type, place);
  } else if (kind == "INTERFACE") {
    const Handle handle = builder_.AddInterface(name, text);
    ReadFields(handle, type, place);
    ReadInterfaces(handle, type, place);
  } else if (kind == "UNION") {
    ReadMembers(builder_.AddUnion(name, text), type, place);
  } else if (kind == "ENUM") {
    ReadEnumValues(builder_.AddEnum(name, text), type, place);
  } else if (kind == "INPUT_OBJECT") {
    ReadInputFields(builder_.AddInputObject(name, text), type, place);
  } else {
    Error(StrCat(place.ToString(), ": unknown kind of type \"", kind, '"'));
  }
  type_.clear();
}

void Reader::ReadDirective(const json::Value& directive, const Place& place) {
  uint32_t locations = 0;
  if (const json::Value* names = directive.Find("locations"); names != nullptr) {
    for (const json::Value& name : names->items()) {
      if (name.is_string()) locations |= DirectiveLocationBit(name.string());
    }
  }
  builder_.AddDirective({.name = Required(directive, "name", place),
                         .locations = locations,
                         .description = Optional(directive, "description"),
                         .arguments = ReadInputs(directive, "args", place),
                         .repeatable = directive.FindBool("isRepeatable", false)});
}

void Reader::ReadRoot(const json::Value& schema, std::string_view key, ast::OperationKind kind) {
  const json::Value* root = schema.Find(key);
  const bool missing = root == nullptr || !root->is_object();
  if (missing && kind == ast::OperationKind::kQuery) {
    return Error(StrCat("__schema: key \"", key, "\" not found"));
  }
  if (missing) return;
  const std::string_view name = Required(*root, "name", Place(nullptr, key));
  if (!name.empty()) builder_.SetRoot(kind, name);
}

SchemaResult Reader::Read(const json::Value& schema) {
  const Place top(nullptr, "__schema");
  if (const json::Value* types = schema.Find("types"); types == nullptr || !types->is_array()) {
    Error("__schema: key \"types\" not found");
  }
  ForEach(schema, "types", top,
          [this](const json::Value& type, const Place& place) { ReadType(type, place); });
  ForEach(schema, "directives", top, [this](const json::Value& directive, const Place& place) {
    ReadDirective(directive, place);
  });
  ReadRoot(schema, "queryType", ast::OperationKind::kQuery);
  ReadRoot(schema, "mutationType", ast::OperationKind::kMutation);
  ReadRoot(schema, "subscriptionType", ast::OperationKind::kSubscription);
  builder_.SetDescription(Optional(schema, "description"));
  builder_.set_keep_all(true);
  SchemaResult result = std::move(builder_).Build();
  if (errors_.empty()) return result;
  for (SchemaError& error : result.errors) errors_.push_back(std::move(error));
  return {.schema = nullptr, .errors = std::move(errors_)};
}

}  // namespace

SchemaResult ReadIntrospection(const json::Value& result) {
  const json::Value* at = &result;
  if (const json::Value* data = at->Find("data"); data != nullptr) at = data;
  if (const json::Value* schema = at->Find("__schema"); schema != nullptr) at = schema;
  return Reader().Read(*at);
}

}  // namespace joinery::graphql
