#pragma once

#include <string>
#include <string_view>

#include "graphql/schema_builder.h"
#include "graphql/type_system.h"

namespace joinery::graphql {

struct BuildSchemaOptions {
  bool keep_unreachable_types = true;
  bool introspection = true;
  bool standard_directives = true;  // Adds @skip, @include, @deprecated, @specifiedBy.
  bool require_query_root = true;
};

// A Schema of the definitions and extensions in `text` or `document`. Without a `schema` definition
// the roots are the types named Query, Mutation and Subscription. All errors are collected.
SchemaResult BuildSchema(std::string_view text, const BuildSchemaOptions& options = {});
SchemaResult BuildSchema(const Document& document, const BuildSchemaOptions& options = {});

// Prints a schema as SDL, without introspection types, standard scalars and standard directives.
// Types are sorted by name, members keep their order. The text builds an equal schema.
std::string PrintSchema(const Schema& schema);
void PrintType(const NamedType& type, std::string& out);

}  // namespace joinery::graphql
