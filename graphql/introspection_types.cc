#include "graphql/schema_builder_state.h"

namespace joinery::graphql {
namespace {

using Handle = SchemaBuilder::Handle;

// Shorthand for the eight types below: a field's type is given as text.
class Adder {
 public:
  explicit Adder(SchemaBuilder& builder) : builder_(builder) {}

  void Field(Handle object, std::string_view name, std::string_view type,
             bool deprecatable = false) {
    FieldSpec spec{.name = name, .type = Ref(type)};
    if (deprecatable) {
      spec.arguments = {
          {.name = "includeDeprecated", .type = builder_.Type("Boolean"), .default_text = "false"}};
    }
    builder_.AddField(object, spec);
  }

  void Value(Handle type, std::string_view name) { builder_.AddValue(type, {.name = name}); }

 private:
  // `type`: a name with at most `[T!]!` around it.
  TypeRef Ref(std::string_view type) {
    if (type.ends_with('!')) return NonNull(Ref(type.substr(0, type.size() - 1)));
    if (type.starts_with('[')) return List(Ref(type.substr(1, type.size() - 2)));
    return builder_.Type(type);
  }

  SchemaBuilder& builder_;
};

void AddSchemaType(SchemaBuilder& builder, Adder& add) {
  const Handle schema = builder.AddObject("__Schema");
  add.Field(schema, "description", "String");
  add.Field(schema, "types", "[__Type!]!");
  add.Field(schema, "queryType", "__Type!");
  add.Field(schema, "mutationType", "__Type");
  add.Field(schema, "subscriptionType", "__Type");
  add.Field(schema, "directives", "[__Directive!]!");
}

void AddTypeType(SchemaBuilder& builder, Adder& add) {
  const Handle type = builder.AddObject("__Type");
  add.Field(type, "kind", "__TypeKind!");
  add.Field(type, "name", "String");
  add.Field(type, "description", "String");
  add.Field(type, "specifiedByURL", "String");
  add.Field(type, "fields", "[__Field!]", true);
  add.Field(type, "interfaces", "[__Type!]");
  add.Field(type, "possibleTypes", "[__Type!]");
  add.Field(type, "enumValues", "[__EnumValue!]", true);
  add.Field(type, "inputFields", "[__InputValue!]", true);
  add.Field(type, "ofType", "__Type");
}

void AddFieldType(SchemaBuilder& builder, Adder& add) {
  const Handle field = builder.AddObject("__Field");
  add.Field(field, "name", "String!");
  add.Field(field, "description", "String");
  add.Field(field, "args", "[__InputValue!]!", true);
  add.Field(field, "type", "__Type!");
  add.Field(field, "isDeprecated", "Boolean!");
  add.Field(field, "deprecationReason", "String");
}

void AddInputValueType(SchemaBuilder& builder, Adder& add) {
  const Handle input = builder.AddObject("__InputValue");
  add.Field(input, "name", "String!");
  add.Field(input, "description", "String");
  add.Field(input, "type", "__Type!");
  add.Field(input, "defaultValue", "String");
  add.Field(input, "isDeprecated", "Boolean!");
  add.Field(input, "deprecationReason", "String");
}

void AddEnumValueType(SchemaBuilder& builder, Adder& add) {
  const Handle value = builder.AddObject("__EnumValue");
  add.Field(value, "name", "String!");
  add.Field(value, "description", "String");
  add.Field(value, "isDeprecated", "Boolean!");
  add.Field(value, "deprecationReason", "String");
}

void AddDirectiveTypes(SchemaBuilder& builder, Adder& add) {
  const Handle directive = builder.AddObject("__Directive");
  add.Field(directive, "name", "String!");
  add.Field(directive, "description", "String");
  add.Field(directive, "locations", "[__DirectiveLocation!]!");
  add.Field(directive, "args", "[__InputValue!]!", true);
  add.Field(directive, "isRepeatable", "Boolean!");

  const Handle location = builder.AddEnum("__DirectiveLocation");
  for (int i = 0; i < kDirectiveLocationCount; ++i) {
    add.Value(location, DirectiveLocationName(static_cast<DirectiveLocation>(i)));
  }
}

void AddKindType(SchemaBuilder& builder, Adder& add) {
  const Handle kind = builder.AddEnum("__TypeKind");
  for (const std::string_view name :
       {"SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST", "NON_NULL"}) {
    add.Value(kind, name);
  }
}

}  // namespace

void AddIntrospectionTypes(SchemaBuilder& builder) {
  Adder add(builder);
  AddSchemaType(builder, add);
  AddTypeType(builder, add);
  AddFieldType(builder, add);
  AddInputValueType(builder, add);
  AddEnumValueType(builder, add);
  AddDirectiveTypes(builder, add);
  AddKindType(builder, add);
}

}  // namespace joinery::graphql
