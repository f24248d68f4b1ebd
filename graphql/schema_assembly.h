#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "graphql/schema_builder.h"
#include "graphql/schema_builder_state.h"

namespace joinery::graphql {

// SchemaBuilder::Build, step by step: keep what is reachable, check it, make the types, sort them.
class SchemaBuilder::Assembly {
 public:
  explicit Assembly(State& state) : state_(state), arena_(*state.arena) {}

  SchemaResult Run();

  // The steps for one type, for a schema that is made bit by bit. Errors are kept and ignored.
  void Make(PendingType& pending);
  void MakeStandardScalar(NamedType* room);
  NamedList<DirectiveDefinition> MakeDirectives();
  FieldDefinition* MetaField(std::string_view name, TypeRef type);

 private:
  void IndexImplementations();
  void Keep(NamedType* type);
  void KeepReachable();
  void KeepAll(PendingType& pending);
  void KeepInputs(const NamedList<InputValueDefinition>& inputs);

  void Check(const PendingType& pending);
  void CheckUse(TypeRef type, bool as_input, const PendingType* user, std::string_view member);
  void CheckNames(const PendingType& pending);
  void CheckRoots();
  void CheckDirectives();
  void Error(SchemaError::Kind kind, std::string message, std::string_view type,
             std::string_view member);
  bool IsDefined(const NamedType* type) const;
  const PendingType* DefinitionOf(const NamedType* type) const;
  std::string_view NameOf(const PendingType& pending) const {
    return state_.symbols[pending.symbol].type->name;
  }

  void MakeStandardScalars();
  template <typename T>
  T* Place(const PendingType& pending);
  template <typename T>
  NamedList<T> MakeList(const std::vector<T>& items, std::string_view what,
                        const PendingType& pending);
  template <typename T>
  NodeList<const T*> MakeNames(const PendingType& pending);
  void SortTypes(Schema& schema);
  void LinkAbstractTypes(const Schema& schema);
  void AddMetaFields(Schema& schema);

  State& state_;
  Arena& arena_;
  std::vector<uint32_t> to_visit_;  // Definitions that are kept but not yet looked into.
  std::vector<uint32_t> kept_;      // Definitions that are kept.
  std::vector<NamedType*> scalars_;
  std::map<const NamedType*, std::vector<uint32_t>> implementers_;  // By interface: definitions.
  std::vector<SchemaError> errors_;
};

}  // namespace joinery::graphql
