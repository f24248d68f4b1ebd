#include <array>
#include <vector>

#include "planner/schema/role_builder.h"

namespace joinery::planner {
namespace {

using plan::CompareOperator;

// What an operator takes.
enum class Takes : uint8_t { kSame, kSameList, kString, kStringList, kNamed, kNamedList };

struct OperatorRow {
  std::string_view name;  // In snake case, with the underscore in front.
  CompareOperator op;
  Takes takes = Takes::kSame;
  std::string_view description = {};
  std::string_view type = {};  // kNamed, kNamedList: of the same schema as the column's type.
};

constexpr std::array kEquality = {
    OperatorRow{"_eq", CompareOperator::kEq},
    OperatorRow{"_neq", CompareOperator::kNeq},
    OperatorRow{"_in", CompareOperator::kIn, Takes::kSameList},
    OperatorRow{"_nin", CompareOperator::kNin, Takes::kSameList},
};

constexpr std::array kOrdering = {
    OperatorRow{"_gt", CompareOperator::kGt},
    OperatorRow{"_lt", CompareOperator::kLt},
    OperatorRow{"_gte", CompareOperator::kGte},
    OperatorRow{"_lte", CompareOperator::kLte},
};

constexpr std::array kText = {
    OperatorRow{"_like", CompareOperator::kLike, Takes::kSame,
                "does the column match the given pattern"},
    OperatorRow{"_nlike", CompareOperator::kNlike, Takes::kSame,
                "does the column NOT match the given pattern"},
    OperatorRow{"_ilike", CompareOperator::kIlike, Takes::kSame,
                "does the column match the given case-insensitive pattern"},
    OperatorRow{"_nilike", CompareOperator::kNilike, Takes::kSame,
                "does the column NOT match the given case-insensitive pattern"},
    OperatorRow{"_similar", CompareOperator::kSimilar, Takes::kSame,
                "does the column match the given SQL regular expression"},
    OperatorRow{"_nsimilar", CompareOperator::kNsimilar, Takes::kSame,
                "does the column NOT match the given SQL regular expression"},
    OperatorRow{"_regex", CompareOperator::kRegex, Takes::kSame,
                "does the column match the given POSIX regular expression, case sensitive"},
    OperatorRow{"_iregex", CompareOperator::kIregex, Takes::kSame,
                "does the column match the given POSIX regular expression, case insensitive"},
    OperatorRow{"_nregex", CompareOperator::kNregex, Takes::kSame,
                "does the column NOT match the given POSIX regular expression, case sensitive"},
    OperatorRow{"_niregex", CompareOperator::kNiregex, Takes::kSame,
                "does the column NOT match the given POSIX regular expression, case insensitive"},
};

constexpr std::array kJsonb = {
    OperatorRow{"_contains", CompareOperator::kContains, Takes::kSame,
                "does the column contain the given json value at the top level"},
    OperatorRow{"_contained_in", CompareOperator::kContainedIn, Takes::kSame,
                "is the column contained in the given json value"},
    OperatorRow{"_has_key", CompareOperator::kHasKey, Takes::kString,
                "does the string exist as a top-level key in the column"},
    OperatorRow{"_has_keys_any", CompareOperator::kHasKeysAny, Takes::kStringList,
                "do any of these strings exist as top-level keys in the column"},
    OperatorRow{"_has_keys_all", CompareOperator::kHasKeysAll, Takes::kStringList,
                "do all of these strings exist as top-level keys in the column"},
};

constexpr std::array kArray = {
    OperatorRow{"_contains", CompareOperator::kContains, Takes::kSame,
                "does the array contain the given value"},
    OperatorRow{"_contained_in", CompareOperator::kContainedIn, Takes::kSame,
                "is the array contained in the given array value"},
};

constexpr std::array kGeometry = {
    OperatorRow{"_st_contains", CompareOperator::kStContains, Takes::kSame,
                "does the column contain the given geometry value"},
    OperatorRow{"_st_crosses", CompareOperator::kStCrosses, Takes::kSame,
                "does the column cross the given geometry value"},
    OperatorRow{"_st_equals", CompareOperator::kStEquals, Takes::kSame,
                "is the column equal to given geometry value (directionality is ignored)"},
    OperatorRow{"_st_intersects", CompareOperator::kStIntersects, Takes::kSame,
                "does the column spatially intersect the given geometry value"},
    OperatorRow{"_st_3d_intersects", CompareOperator::kSt3dIntersects, Takes::kSame,
                "does the column spatially intersect the given geometry value in 3D"},
    OperatorRow{"_st_overlaps", CompareOperator::kStOverlaps, Takes::kSame,
                "does the column 'spatially overlap' (intersect but not completely contain) the "
                "given geometry value"},
    OperatorRow{"_st_touches", CompareOperator::kStTouches, Takes::kSame,
                "does the column have atleast one point in common with the given geometry value"},
    OperatorRow{"_st_within", CompareOperator::kStWithin, Takes::kSame,
                "is the column contained in the given geometry value"},
};

constexpr std::array kGeography = {
    OperatorRow{"_st_intersects", CompareOperator::kStIntersects, Takes::kSame,
                "does the column spatially intersect the given geography value"},
};

constexpr std::array kRaster = {
    OperatorRow{"_st_intersects_rast", CompareOperator::kStIntersectsRast},
};

constexpr std::array kLtree = {
    OperatorRow{"_ancestor", CompareOperator::kAncestor, Takes::kSame,
                "is the left argument an ancestor of right (or equal)?"},
    OperatorRow{"_ancestor_any", CompareOperator::kAncestorAny, Takes::kSameList,
                "does array contain an ancestor of `ltree`?"},
    OperatorRow{"_descendant", CompareOperator::kDescendant, Takes::kSame,
                "is the left argument a descendant of right (or equal)?"},
    OperatorRow{"_descendant_any", CompareOperator::kDescendantAny, Takes::kSameList,
                "does array contain a descendant of `ltree`?"},
    OperatorRow{"_matches", CompareOperator::kMatches, Takes::kNamed,
                "does `ltree` match `lquery`?", "lquery"},
    OperatorRow{"_matches_any", CompareOperator::kMatchesAny, Takes::kNamedList,
                "does `ltree` match any `lquery` in array?", "lquery"},
    OperatorRow{"_matches_fulltext", CompareOperator::kMatchesFulltext, Takes::kNamed,
                "does `ltree` match `ltxtquery`?", "ltxtquery"},
};

// The database type that stands for all columns that share the comparison type.
plan::SqlType OperandType(const ScalarInfo& scalar, const plan::SqlType& type) {
  plan::SqlType out = type;
  if (scalar.graphql_name == "Int") out = {.name = "int4", .dimensions = type.dimensions};
  if (scalar.graphql_name == "String") out = {.name = "text", .dimensions = type.dimensions};
  return out;
}

class ComparisonBuilder {
 public:
  ComparisonBuilder(RoleBuilder& builder, const SourceNaming& naming, TypeRef same,
                    plan::SqlType operand, std::string_view name, std::string_view shown)
      : builder_(builder),
        naming_(naming),
        same_(same),
        operand_(std::move(operand)),
        handle_(builder.types().AddInputObject(
            name, StrCat("Boolean expression to compare columns of type \"", shown,
                         "\". All fields are combined with logical 'AND'."))) {}

  template <typename Rows>
  void Add(const Rows& rows) {
    for (const OperatorRow& row : rows) AddRow(row);
  }

  void AddIsNull() {
    AddField("_is_null", builder_.Type("Boolean"), {}, builder_.Input(IsNullInput{}));
  }

  // `_cast: {<member>: <comparison>}`
  void AddCast(std::string_view member, const ScalarInfo& target, const plan::SqlType& type) {
    const std::string cast = naming_.is_graphql()
                                 ? Identifier::FromDatabase(operand_.name).Then("cast_exp").Pascal()
                                 : StrCat(operand_.name, "_cast_exp");
    const std::string comparison = ComparisonType(builder_, naming_, target, type);
    if (builder_.Claim(cast)) {
      const TypeHandle handle = builder_.types().AddInputObject(cast);
      builder_.types().AddInputField(handle, {.name = member,
                                              .type = builder_.Type(comparison),
                                              .binding = builder_.Input(CastInput{.type = type})});
    }
    AddField("_cast", builder_.Type(cast), {}, builder_.Input(std::monostate{}));
  }

  // An operator whose operand is an object of `members`.
  void AddObject(std::string_view name, CompareOperator op, std::string_view input_type,
                 std::vector<std::string> order, std::vector<InputValueSpec> members,
                 std::string_view description = {}) {
    const std::string type = naming_.is_graphql() ? Identifier::FromDatabase(input_type).Pascal()
                                                  : std::string(input_type);
    OperatorInput input{.op = op, .operand = operand_, .members = std::move(order)};
    if (builder_.Claim(type)) {
      const TypeHandle handle = builder_.types().AddInputObject(type);
      for (InputValueSpec& member : members) {
        // Each member is judged by the type it is of.
        member.binding = builder_.Input(OperatorInput{.op = op, .operand = MemberType(member)});
        builder_.types().AddInputField(handle, member);
      }
    }
    AddField(name, builder_.Type(type), description, builder_.Input(std::move(input)));
  }

  TypeRef Named(std::string_view name) {
    return ScalarType(builder_, {.graphql_name = std::string(name)});
  }

 private:
  plan::SqlType MemberType(const InputValueSpec& member) const {
    const std::string_view name = member.type.named()->name;
    if (name == "Float") return {.name = "float8"};
    if (name == "Int") return {.name = "int4"};
    if (name == "Boolean") return {.name = "bool"};
    return {.schema = operand_.schema, .name = std::string(name)};
  }

  void AddRow(const OperatorRow& row) {
    OperatorInput input{.op = row.op, .operand = operand_};
    TypeRef type = same_;
    switch (row.takes) {
      case Takes::kSame:
        break;
      case Takes::kSameList:
        type = List(NonNull(same_));
        input.list = true;
        break;
      case Takes::kString:
        type = builder_.Type("String");
        input.operand = {.name = "text"};
        break;
      case Takes::kStringList:
        type = List(NonNull(builder_.Type("String")));
        input.operand = {.name = "text"};
        input.list = true;
        break;
      case Takes::kNamed:
      case Takes::kNamedList:
        type = Named(row.type);
        input.operand = {.schema = operand_.schema, .name = std::string(row.type)};
        input.list = row.takes == Takes::kNamedList;
        if (input.list) type = List(NonNull(type));
        break;
    }
    AddField(row.name, type, row.description, builder_.Input(std::move(input)));
  }

  void AddField(std::string_view name, TypeRef type, std::string_view description,
                uint32_t binding) {
    builder_.types().AddInputField(handle_, {.name = naming_.Field(name),
                                             .type = type,
                                             .description = description,
                                             .binding = binding});
  }

  RoleBuilder& builder_;
  const SourceNaming& naming_;
  const TypeRef same_;
  const plan::SqlType operand_;
  const TypeHandle handle_;
};

void AddGeometry(RoleBuilder& builder, ComparisonBuilder& out, const plan::SqlType& type) {
  const TypeRef geometry = out.Named("geometry");
  out.Add(kGeometry);
  const std::vector<InputValueSpec> within = {
      {.name = "distance", .type = NonNull(builder.Type("Float"))},
      {.name = "from", .type = NonNull(geometry)}};
  out.AddObject("_st_d_within", CompareOperator::kStDWithin, "st_d_within_input",
                {"distance", "from"}, within,
                "is the column within a given distance from the given geometry value");
  out.AddObject("_st_3d_d_within", CompareOperator::kSt3dDWithin, "st_d_within_input",
                {"distance", "from"}, within,
                "is the column within a given 3D distance from the given geometry value");
  out.AddCast("geography", {.graphql_name = "geography", .scalar_class = ScalarClass::kGeography},
              {.schema = type.schema, .name = "geography"});
}

void AddGeography(RoleBuilder& builder, ComparisonBuilder& out, const plan::SqlType& type) {
  out.Add(kGeography);
  out.AddObject("_st_d_within", CompareOperator::kStDWithin, "st_d_within_geography_input",
                {"distance", "from", "use_spheroid"},
                {{.name = "distance", .type = NonNull(builder.Type("Float"))},
                 {.name = "from", .type = NonNull(out.Named("geography"))},
                 {.name = "use_spheroid", .type = builder.Type("Boolean"), .default_text = "true"}},
                "is the column within a given distance from the given geography value");
  out.AddCast("geometry", {.graphql_name = "geometry", .scalar_class = ScalarClass::kGeometry},
              {.schema = type.schema, .name = "geometry"});
}

void AddRaster(RoleBuilder& builder, ComparisonBuilder& out) {
  out.Add(kRaster);
  const TypeRef geometry = out.Named("geometry");
  out.AddObject("_st_intersects_nband_geom", CompareOperator::kStIntersectsNbandGeom,
                "st_intersects_nband_geom_input", {"nband", "geommin"},
                {{.name = "geommin", .type = NonNull(geometry)},
                 {.name = "nband", .type = NonNull(builder.Type("Int"))}});
  out.AddObject("_st_intersects_geom_nband", CompareOperator::kStIntersectsGeomNband,
                "st_intersects_geom_nband_input", {"geommin", "nband"},
                {{.name = "geommin", .type = NonNull(geometry)},
                 {.name = "nband", .type = builder.Type("Int")}});
}

std::string ComparisonName(const SourceNaming& naming, const ScalarInfo& scalar) {
  const std::string_view suffix = scalar.is_array ? "array_comparison_exp" : "comparison_exp";
  // Names of the database's types keep their underscores: `_int4`.
  if (!naming.is_graphql()) return StrCat(scalar.graphql_name, "_", suffix);
  return Identifier::FromDatabase(scalar.graphql_name).Then(suffix).Pascal();
}

}  // namespace

std::string ComparisonType(RoleBuilder& builder, const SourceNaming& naming,
                           const ScalarInfo& scalar, const plan::SqlType& type) {
  const TypeRef same = ScalarType(builder, scalar);
  ScalarInfo shown = scalar;
  shown.graphql_name = same.name();
  const std::string name = ComparisonName(naming, shown);
  if (!builder.Claim(name)) return name;
  ComparisonBuilder out(builder, naming, same, OperandType(scalar, type), name, shown.graphql_name);
  out.Add(kEquality);
  if (scalar.scalar_class != ScalarClass::kRaster) out.Add(kOrdering);
  out.AddIsNull();
  if (scalar.is_array) {
    out.Add(kArray);
    return name;
  }
  switch (scalar.scalar_class) {
    case ScalarClass::kText:
      out.Add(kText);
      break;
    case ScalarClass::kJsonb:
      out.Add(kJsonb);
      out.AddCast("String", {.graphql_name = "String", .scalar_class = ScalarClass::kText},
                  {.name = "text"});
      break;
    case ScalarClass::kGeometry:
      AddGeometry(builder, out, type);
      break;
    case ScalarClass::kGeography:
      AddGeography(builder, out, type);
      break;
    case ScalarClass::kRaster:
      AddRaster(builder, out);
      break;
    case ScalarClass::kLtree:
      out.Add(kLtree);
      break;
    default:
      break;
  }
  return name;
}

std::string ComparisonType(RoleBuilder& builder, const Column& column, const SourceNaming& naming) {
  if (column.enum_table == nullptr) {
    return ComparisonType(builder, naming, column.scalar, column.catalog->type);
  }
  const TableShape& table = *column.enum_table;
  const std::string name = table.naming->Type(table.identifier, "enum_comparison_exp");
  const TypeRef same = ColumnType(builder, column);
  if (builder.Claim(name)) {
    ComparisonBuilder out(builder, naming, same, {.name = "text"}, name, table.enum_type_name);
    out.Add(kEquality);
    out.AddIsNull();
  }
  return name;
}

}  // namespace joinery::planner
