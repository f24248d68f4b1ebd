#pragma once

#include <concepts>
#include <type_traits>

#include "plan/catalog.h"
#include "plan/connector.h"
#include "plan/plan.h"

// The members of every struct that codec.cc encodes, in the order of their bytes. A structured
// binding names them all, so that a struct which gains a member does not compile until it is listed
// here. Private to codec.cc.
namespace joinery::plan {

template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

// The last value of an enum; larger ones are refused.
template <typename E>
inline constexpr E kLastOf = E{};
template <>
inline constexpr SourceKind kLastOf<SourceKind> = SourceKind::kAction;
template <>
inline constexpr Access kLastOf<Access> = Access::kWrite;
template <>
inline constexpr ParameterSource::Kind kLastOf<ParameterSource::Kind> =
    ParameterSource::Kind::kRequestQuery;
template <>
inline constexpr ParameterSource::Check kLastOf<ParameterSource::Check> =
    ParameterSource::Check::kEnum;
template <>
inline constexpr ResponseField::Kind kLastOf<ResponseField::Kind> = ResponseField::Kind::kObject;
template <>
inline constexpr VariableUse::Mode kLastOf<VariableUse::Mode> = VariableUse::Mode::kExact;
template <>
inline constexpr OperationKind kLastOf<OperationKind> = OperationKind::kSubscription;
template <>
inline constexpr JsonForm kLastOf<JsonForm> = JsonForm::kGeoJson;
template <>
inline constexpr FunctionArgument::Kind kLastOf<FunctionArgument::Kind> =
    FunctionArgument::Kind::kRow;
template <>
inline constexpr CompareOperator kLastOf<CompareOperator> = CompareOperator::kStIntersectsGeomNband;
template <>
inline constexpr Predicate::Kind kLastOf<Predicate::Kind> = Predicate::Kind::kExists;
template <>
inline constexpr Aggregate kLastOf<Aggregate> = Aggregate::kVariance;
template <>
inline constexpr OrderBy::Kind kLastOf<OrderBy::Kind> = OrderBy::Kind::kAggregate;
template <>
inline constexpr OutputField::Kind kLastOf<OutputField::Kind> = OutputField::Kind::kAffected;
template <>
inline constexpr AggregateField::Kind kLastOf<AggregateField::Kind> = AggregateField::Kind::kNodes;
template <>
inline constexpr RootShape kLastOf<RootShape> = RootShape::kResponses;
template <>
inline constexpr WriteValue::Kind kLastOf<WriteValue::Kind> = WriteValue::Kind::kWritten;
template <>
inline constexpr Assignment::Operator kLastOf<Assignment::Operator> =
    Assignment::Operator::kDeleteAtPath;
template <>
inline constexpr Write::Kind kLastOf<Write::Kind> = Write::Kind::kDelete;
template <>
inline constexpr Projection::Field::Kind kLastOf<Projection::Field::Kind> =
    Projection::Field::Kind::kObject;
template <>
inline constexpr TextPiece::Kind kLastOf<TextPiece::Kind> = TextPiece::Kind::kParameter;
template <>
inline constexpr GraphqlFragment::Operation kLastOf<GraphqlFragment::Operation> =
    GraphqlFragment::Operation::kMutation;
template <>
inline constexpr TypeKind kLastOf<TypeKind> = TypeKind::kPseudo;
template <>
inline constexpr ParameterValue::Kind kLastOf<ParameterValue::Kind> = ParameterValue::Kind::kText;

// relational.h

template <typename A, Is<TableName> T>
void Visit(A& a, T& v) {
  auto& [schema, name] = v;
  a(schema, name);
}
template <typename A, Is<SqlType> T>
void Visit(A& a, T& v) {
  auto& [schema, name, dimensions] = v;
  a(schema, name, dimensions);
}
template <typename A, Is<FunctionArgument> T>
void Visit(A& a, T& v) {
  auto& [kind, name, parameter] = v;
  a(kind, name, parameter);
}
template <typename A, Is<FunctionCall> T>
void Visit(A& a, T& v) {
  auto& [function, arguments] = v;
  a(function, arguments);
}
template <typename A, Is<Scalar> T>
void Visit(A& a, T& v) {
  auto& [column, function, type, visible_if] = v;
  a(column, function, type, visible_if);
}
template <typename A, Is<ColumnPair> T>
void Visit(A& a, T& v) {
  auto& [outer, inner] = v;
  a(outer, inner);
}
template <typename A, Is<Predicate> T>
void Visit(A& a, T& v) {
  auto& [kind, children, left, cast_left, op, parameters, right_column, root_column, table,
         function, pairs] = v;
  a(kind, children, left, cast_left, op, parameters, right_column, root_column, table, function,
    pairs);
}
template <typename A, Is<OrderBy::Step> T>
void Visit(A& a, T& v) {
  auto& [table, pairs, filter] = v;
  a(table, pairs, filter);
}
template <typename A, Is<OrderBy> T>
void Visit(A& a, T& v) {
  auto& [kind, path, scalar, aggregate, descending, nulls_first] = v;
  a(kind, path, scalar, aggregate, descending, nulls_first);
}
template <typename A, Is<Bound> T>
void Visit(A& a, T& v) {
  auto& [constant, parameter] = v;
  a(constant, parameter);
}
template <typename A, Is<OutputField> T>
void Visit(A& a, T& v) {
  auto& [name, kind, scalar, form, json_path, constant, relation, join] = v;
  a(name, kind, scalar, form, json_path, constant, relation, join);
}
template <typename A, Is<AggregateField::Member> T>
void Visit(A& a, T& v) {
  auto& [name, constant, scalar, form] = v;
  a(name, constant, scalar, form);
}
template <typename A, Is<AggregateField> T>
void Visit(A& a, T& v) {
  auto& [name, kind, constant, function, distinct, columns, members, fields, nodes, nodes_limit] =
      v;
  a(name, kind, constant, function, distinct, columns, members, fields, nodes, nodes_limit);
}
template <typename A, Is<Relation> T>
void Visit(A& a, T& v) {
  auto& [table, function, pairs, where, order_by, distinct_on, limit, offset, fields, aggregate,
         from_writes, writes] = v;
  a(table, function, pairs, where, order_by, distinct_on, limit, offset, fields, aggregate,
    from_writes, writes);
}
template <typename A, Is<RelationalRoot> T>
void Visit(A& a, T& v) {
  auto& [shape, relation, batch, key_columns, key_types, key_any_of, primary_key, writes] = v;
  a(shape, relation, batch, key_columns, key_types, key_any_of, primary_key, writes);
}
template <typename A, Is<WriteValue> T>
void Visit(A& a, T& v) {
  auto& [kind, parameter, write, row, column] = v;
  a(kind, parameter, write, row, column);
}
template <typename A, Is<Assignment> T>
void Visit(A& a, T& v) {
  auto& [column, op, parameter] = v;
  a(column, op, parameter);
}
template <typename A, Is<Conflict> T>
void Visit(A& a, T& v) {
  auto& [constraint, update_columns, presets, where] = v;
  a(constraint, update_columns, presets, where);
}
template <typename A, Is<Write> T>
void Visit(A& a, T& v) {
  auto& [kind, table, columns, rows, conflict, assignments, where, check, updated_check, keeps_rows,
         path, too_few, too_few_path] = v;
  a(kind, table, columns, rows, conflict, assignments, where, check, updated_check, keeps_rows,
    path, too_few, too_few_path);
}
template <typename A, Is<RelationalFragment> T>
void Visit(A& a, T& v) {
  auto& [roots, writes, in_order, key_scalars, parameter_types] = v;
  a(roots, writes, in_order, key_scalars, parameter_types);
}

// graphql_fragment.h

template <typename A, Is<Projection> T>
void Visit(A& a, T& v) {
  auto& [raw, object, fields, typename_key, closed, known_members] = v;
  a(raw, object, fields, typename_key, closed, known_members);
}
template <typename A, Is<Projection::KnownMember> T>
void Visit(A& a, T& v) {
  auto& [name, non_null] = v;
  a(name, non_null);
}
template <typename A, Is<Projection::Field> T>
void Visit(A& a, T& v) {
  auto& [response_key, source_key, kind, only_on, projection, list_depth, non_null, constant,
         type_names, join] = v;
  a(response_key, source_key, kind, only_on, projection, list_depth, non_null, constant, type_names,
    join);
}
template <typename A, Is<TextPiece> T>
void Visit(A& a, T& v) {
  auto& [kind, text, index] = v;
  a(kind, text, index);
}
template <typename A, Is<GraphqlRoot> T>
void Visit(A& a, T& v) {
  auto& [batch, text, path, alias, value] = v;
  a(batch, text, path, alias, value);
}
template <typename A, Is<GraphqlFragment::Variable> T>
void Visit(A& a, T& v) {
  auto& [name, type, parameter] = v;
  a(name, type, parameter);
}
template <typename A, Is<GraphqlFragment> T>
void Visit(A& a, T& v) {
  auto& [key_types, operation, variables, roots, key_members] = v;
  a(key_types, operation, variables, roots, key_members);
}
template <typename A, Is<ActionFragment::Input> T>
void Visit(A& a, T& v) {
  auto& [name, value] = v;
  a(name, value);
}
template <typename A, Is<ActionFragment> T>
void Visit(A& a, T& v) {
  auto& [name, mutation, inputs, batch, session, request_query, value, key_members] = v;
  a(name, mutation, inputs, batch, session, request_query, value, key_members);
}

// plan.h

template <typename A, Is<KeySet> T>
void Visit(A& a, T& v) {
  auto& [columns] = v;
  a(columns);
}
template <typename A, Is<Join> T>
void Visit(A& a, T& v) {
  auto& [key_set] = v;
  a(key_set);
}
// All but the id, which the archives make of these bytes.
template <typename A, Is<Fragment> T>
void VisitBody(A& a, T& v) {
  auto& [id, body, parameters, batches, key_sets, joins] = v;
  a(body, parameters, batches, key_sets, joins);
}
template <typename A, Is<ParameterSource> T>
void Visit(A& a, T& v) {
  auto& [kind, name, path, constant, has_constant, check, names] = v;
  a(kind, name, path, constant, has_constant, check, names);
}
template <typename A, Is<SourceName> T>
void Visit(A& a, T& v) {
  auto& [kind, name] = v;
  a(kind, name);
}
template <typename A, Is<JoinTarget> T>
void Visit(A& a, T& v) {
  auto& [fetch, root, bubble] = v;
  a(fetch, root, bubble);
}
template <typename A, Is<KeyInput> T>
void Visit(A& a, T& v) {
  auto& [fetch, key_set] = v;
  a(fetch, key_set);
}
template <typename A, Is<Fetch> T>
void Visit(A& a, T& v) {
  auto& [source, fragment, access, parameters, inputs, joins, after] = v;
  a(source, fragment, access, parameters, inputs, joins, after);
}
template <typename A, Is<ResponseField> T>
void Visit(A& a, T& v) {
  auto& [response_key, field_name, kind, fetch, root, non_null, constant, fields] = v;
  a(response_key, field_name, kind, fetch, root, non_null, constant, fields);
}
template <typename A, Is<VariableUse> T>
void Visit(A& a, T& v) {
  auto& [name, mode] = v;
  a(name, mode);
}
template <typename A, Is<Plan> T>
void Visit(A& a, T& v) {
  auto& [operation, fetches, response, variables, cacheable] = v;
  a(operation, fetches, response, variables, cacheable);
}

// connector.h

template <typename A, Is<KeyBatch> T>
void Visit(A& a, T& v) {
  auto& [columns] = v;
  a(columns);
}
template <typename A, Is<ParameterValue> T>
void Visit(A& a, T& v) {
  auto& [kind, bytes] = v;
  a(kind, bytes);
}
template <typename A, Is<Slice> T>
void Visit(A& a, T& v) {
  auto& [begin, end, first_hole] = v;
  a(begin, end, first_hole);
}
template <typename A, Is<Hole> T>
void Visit(A& a, T& v) {
  auto& [offset, join, slot] = v;
  a(offset, join, slot);
}
template <typename A, Is<SourceError> T>
void Visit(A& a, T& v) {
  auto& [message, code, hasura_path, root, slot, path, extensions, internal, original,
         fails_request] = v;
  a(message, code, hasura_path, root, slot, path, extensions, internal, original, fails_request);
}
template <typename A, Is<ExecuteResult> T>
void Visit(A& a, T& v) {
  auto& [streamed, bytes, values, holes, keys, errors, set_cookies] = v;
  a(streamed, bytes, values, holes, keys, errors, set_cookies);
}

// catalog.h

template <typename A, Is<CatalogColumn> T>
void Visit(A& a, T& v) {
  auto& [name, position, type, type_kind, base_type, nullable, has_default, generated,
         identity_always, comment] = v;
  a(name, position, type, type_kind, base_type, nullable, has_default, generated, identity_always,
    comment);
}
template <typename A, Is<CatalogConstraint> T>
void Visit(A& a, T& v) {
  auto& [name, columns] = v;
  a(name, columns);
}
template <typename A, Is<CatalogForeignKey> T>
void Visit(A& a, T& v) {
  auto& [name, columns, foreign_table, foreign_columns] = v;
  a(name, columns, foreign_table, foreign_columns);
}
template <typename A, Is<CatalogTable> T>
void Visit(A& a, T& v) {
  auto& [name, oid, kind, comment, updatable, columns, primary_key, unique_constraints,
         foreign_keys] = v;
  a(name, oid, kind, comment, updatable, columns, primary_key, unique_constraints, foreign_keys);
}
template <typename A, Is<CatalogArgument> T>
void Visit(A& a, T& v) {
  auto& [name, type, type_kind, has_default] = v;
  a(name, type, type_kind, has_default);
}
template <typename A, Is<CatalogFunction> T>
void Visit(A& a, T& v) {
  auto& [name, oid, arguments, returns, returns_kind, returns_table, returns_set, variadic,
         volatility, comment] = v;
  a(name, oid, arguments, returns, returns_kind, returns_table, returns_set, variadic, volatility,
    comment);
}
template <typename A, Is<CatalogEnumTable::EnumValue> T>
void Visit(A& a, T& v) {
  auto& [value, comment] = v;
  a(value, comment);
}
template <typename A, Is<CatalogEnumTable> T>
void Visit(A& a, T& v) {
  auto& [table, values, error] = v;
  a(table, values, error);
}
template <typename A, Is<DatabaseCatalog> T>
void Visit(A& a, T& v) {
  auto& [tables, functions, enum_tables, server_version] = v;
  a(tables, functions, enum_tables, server_version);
}

}  // namespace joinery::plan
