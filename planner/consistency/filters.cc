#include "planner/consistency/filters.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/consistency/literals.h"

namespace joinery::planner {
namespace {

using plan::CompareOperator;
using plan::Predicate;
using Kind = plan::Predicate::Kind;

// How an operator takes its value.
enum class Operand : uint8_t {
  kColumn,
  kColumnList,
  kText,
  kTextList,
  kOther,
  kOtherList,
  kMembers
};

struct Operator {
  std::string_view name;  // Without the first character.
  CompareOperator op;
  Operand operand = Operand::kColumn;
  std::string_view type = {};                 // kOther, kOtherList.
  std::array<std::string_view, 3> members{};  // kMembers.
};

constexpr std::array kOperators = {
    Operator{"eq", CompareOperator::kEq},
    Operator{"ne", CompareOperator::kNeq},
    Operator{"neq", CompareOperator::kNeq},
    Operator{"gt", CompareOperator::kGt},
    Operator{"lt", CompareOperator::kLt},
    Operator{"gte", CompareOperator::kGte},
    Operator{"lte", CompareOperator::kLte},
    Operator{"in", CompareOperator::kIn, Operand::kColumnList},
    Operator{"nin", CompareOperator::kNin, Operand::kColumnList},
    Operator{"like", CompareOperator::kLike, Operand::kText},
    Operator{"nlike", CompareOperator::kNlike, Operand::kText},
    Operator{"ilike", CompareOperator::kIlike, Operand::kText},
    Operator{"nilike", CompareOperator::kNilike, Operand::kText},
    Operator{"similar", CompareOperator::kSimilar, Operand::kText},
    Operator{"nsimilar", CompareOperator::kNsimilar, Operand::kText},
    Operator{"regex", CompareOperator::kRegex, Operand::kText},
    Operator{"iregex", CompareOperator::kIregex, Operand::kText},
    Operator{"nregex", CompareOperator::kNregex, Operand::kText},
    Operator{"niregex", CompareOperator::kNiregex, Operand::kText},
    Operator{"contains", CompareOperator::kContains},
    Operator{"contained_in", CompareOperator::kContainedIn},
    Operator{"has_key", CompareOperator::kHasKey, Operand::kText},
    Operator{"has_keys_any", CompareOperator::kHasKeysAny, Operand::kTextList},
    Operator{"has_keys_all", CompareOperator::kHasKeysAll, Operand::kTextList},
    Operator{"ancestor", CompareOperator::kAncestor},
    Operator{"ancestor_any", CompareOperator::kAncestorAny, Operand::kColumnList},
    Operator{"descendant", CompareOperator::kDescendant},
    Operator{"descendant_any", CompareOperator::kDescendantAny, Operand::kColumnList},
    Operator{"matches", CompareOperator::kMatches, Operand::kOther, "lquery"},
    Operator{"matches_any", CompareOperator::kMatchesAny, Operand::kOtherList, "lquery"},
    Operator{"matches_fulltext", CompareOperator::kMatchesFulltext, Operand::kOther, "ltxtquery"},
    Operator{"st_contains", CompareOperator::kStContains},
    Operator{"st_crosses", CompareOperator::kStCrosses},
    Operator{"st_equals", CompareOperator::kStEquals},
    Operator{"st_intersects", CompareOperator::kStIntersects},
    Operator{"st_3d_intersects", CompareOperator::kSt3dIntersects},
    Operator{"st_overlaps", CompareOperator::kStOverlaps},
    Operator{"st_touches", CompareOperator::kStTouches},
    Operator{"st_within", CompareOperator::kStWithin},
    Operator{"st_d_within",
             CompareOperator::kStDWithin,
             Operand::kMembers,
             {},
             {"distance", "from", "use_spheroid"}},
    Operator{"st_3d_d_within",
             CompareOperator::kSt3dDWithin,
             Operand::kMembers,
             {},
             {"distance", "from"}},
    Operator{"st_intersects_rast", CompareOperator::kStIntersectsRast},
    Operator{"st_intersects_nband_geom",
             CompareOperator::kStIntersectsNbandGeom,
             Operand::kMembers,
             {},
             {"nband", "geommin"}},
    Operator{"st_intersects_geom_nband",
             CompareOperator::kStIntersectsGeomNband,
             Operand::kMembers,
             {},
             {"geommin", "nband"}},
};

struct ColumnOperator {
  std::string_view name;
  CompareOperator op;
};
constexpr std::array kColumnOperators = {
    ColumnOperator{"ceq", CompareOperator::kEq},   ColumnOperator{"cne", CompareOperator::kNeq},
    ColumnOperator{"cneq", CompareOperator::kNeq}, ColumnOperator{"cgt", CompareOperator::kGt},
    ColumnOperator{"clt", CompareOperator::kLt},   ColumnOperator{"cgte", CompareOperator::kGte},
    ColumnOperator{"clte", CompareOperator::kLte},
};

template <typename Table>
const auto* FindByName(const Table& table, std::string_view name) {
  const auto found = std::ranges::find(table, name, [](const auto& one) { return one.name; });
  return found == table.end() ? nullptr : &*found;
}

bool IsSession(const json::Value& value) {
  return value.is_string() && StartsWithIgnoreCase(value.string(), "x-hasura-");
}

// An operator's name without `_` or `$`; empty when it has neither.
std::string_view Stem(std::string_view key) {
  return key.starts_with('_') || key.starts_with('$') ? key.substr(1) : std::string_view();
}

Predicate Of(Kind kind) {
  Predicate out;
  out.kind = kind;
  return out;
}

Predicate Joined(Kind kind, std::vector<Predicate> children) {
  if (children.empty()) return Of(kind == Kind::kAnd ? Kind::kTrue : Kind::kFalse);
  if (children.size() == 1) return std::move(children.front());
  Predicate out = Of(kind);
  out.children = std::move(children);
  return out;
}

class FilterParser {
 public:
  explicit FilterParser(const Table& root) : root_(root) {}

  FilterResult Parse(const json::Value& expression) {
    FilterTemplate out;
    out.predicate = Expression(expression, root_);
    if (!error_.empty()) return {.filter = nullptr, .error = error_, .tables = {}};
    out.parameters = std::move(parameters_);
    out.types = std::move(types_);
    return {.filter = std::make_shared<FilterTemplate>(std::move(out)),
            .error = {},
            .tables = std::move(tables_)};
  }

 private:
  // What is compared: a column, or a computed field of the row.
  struct Left {
    const Column* column = nullptr;
    const ComputedField* computed = nullptr;
    std::optional<plan::SqlType> cast;
    const plan::SqlType& type() const {
      return cast ? *cast : column != nullptr ? column->catalog->type : computed->type;
    }
  };

  static const std::string& NameOf(const Left& left) {
    return left.column != nullptr ? left.column->name() : left.computed->name;
  }

  Predicate Fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return Of(Kind::kFalse);
  }

  Predicate Expression(const json::Value& expression, const Table& table) {
    if (&table != &root_) tables_.insert(&table);
    if (expression.is_null()) return Of(Kind::kTrue);
    if (!expression.is_object()) {
      return Fail(StrCat("parsing failed, expected Object, but encountered ",
                         json::KindName(expression.kind())));
    }
    std::vector<Predicate> all;
    for (const auto& [key, value] : expression.members()) {
      all.push_back(Member(key, value, table));
    }
    return Joined(Kind::kAnd, std::move(all));
  }

  Predicate List(Kind kind, const json::Value& value, const Table& table) {
    std::vector<Predicate> children;
    if (value.is_object()) {
      children.push_back(Expression(value, table));
    } else {
      for (const json::Value& item : value.items()) children.push_back(Expression(item, table));
    }
    return Joined(kind, std::move(children));
  }

  Predicate Member(std::string_view key, const json::Value& value, const Table& table) {
    const std::string_view stem = Stem(key);
    if (stem == "and") return List(Kind::kAnd, value, table);
    if (stem == "or") return List(Kind::kOr, value, table);
    if (stem == "not") {
      Predicate out = Of(Kind::kNot);
      out.children.push_back(Expression(value, table));
      return out;
    }
    if (stem == "exists") return Exists(value);
    if (const Column* column = table.FindColumn(key)) {
      return Comparisons({.column = column}, value, table);
    }
    if (const Relationship* relationship = table.FindRelationship(key)) {
      Predicate out = Of(Kind::kExists);
      out.table = relationship->target->name;
      out.pairs = relationship->pairs;
      out.children.push_back(Expression(value, *relationship->target));
      return out;
    }
    if (const ComputedField* computed = table.FindComputedField(key)) {
      return Computed(*computed, value, table);
    }
    return Fail(StrCat("column \"", key, "\" does not exist"));
  }

  Predicate Exists(const json::Value& value) {
    const json::Value* named = value.Find("_table");
    const json::Value* where = value.Find("_where");
    if (named == nullptr) return Fail("key \"_table\" not found");
    plan::TableName name{.schema = "public", .name = {}};
    if (named->is_string()) {
      name.name = named->string();
    } else {
      name.name = named->FindString("name").value_or("");
      name.schema = named->FindString("schema").value_or("public");
    }
    const Table* target = root_.source->FindTable(name);
    if (target == nullptr) return Fail(StrCat("table \"", SqlName(name), "\" does not exist"));
    Predicate out = Of(Kind::kExists);
    out.table = name;
    static const json::Value kEverything;
    out.children.push_back(Expression(where == nullptr ? kEverything : *where, *target));
    return out;
  }

  plan::FunctionCall Call(const ComputedField& computed) {
    plan::FunctionCall call{.function = computed.function.binding.function};
    bool positional = true;
    for (const FunctionArgumentBinding& argument : computed.function.binding.arguments) {
      plan::FunctionArgument out{.name = positional ? "" : argument.name};
      switch (argument.kind) {
        case FunctionArgumentBinding::Kind::kRow:
          out.kind = plan::FunctionArgument::Kind::kRow;
          break;
        case FunctionArgumentBinding::Kind::kSession: {
          plan::ParameterSource session;
          session.kind = plan::ParameterSource::Kind::kSessionObject;
          out.parameter = Add(std::move(session), argument.type);
          break;
        }
        case FunctionArgumentBinding::Kind::kClient:
          positional = false;  // Its default is taken; what follows goes by name.
          continue;
      }
      call.arguments.push_back(std::move(out));
    }
    return call;
  }

  Predicate Computed(const ComputedField& computed, const json::Value& value, const Table& table) {
    if (!computed.function.AllHaveDefaults()) {
      return Fail(StrCat("computed field \"", computed.name,
                         "\" has arguments and cannot be used in a boolean expression"));
    }
    if (computed.target == nullptr) return Comparisons({.computed = &computed}, value, table);
    Predicate out = Of(Kind::kExists);
    out.table = computed.target->name;
    out.function = std::make_unique<plan::FunctionCall>(Call(computed));
    out.children.push_back(Expression(value, *computed.target));
    return out;
  }

  Predicate Comparisons(const Left& left, const json::Value& value, const Table& table) {
    if (!value.is_object()) return Equal(left, value, CompareOperator::kEq);
    std::vector<Predicate> all;
    for (const auto& [key, operand] : value.members()) {
      all.push_back(Comparison(left, key, operand, table));
    }
    return Joined(Kind::kAnd, std::move(all));
  }

  Predicate Comparison(const Left& left, std::string_view key, const json::Value& value,
                       const Table& table) {
    const std::string_view stem = Stem(key);
    if (stem == "is_null") {
      if (!value.is_bool()) {
        return Fail(StrCat("parsing Bool failed, expected Boolean, but encountered ",
                           json::KindName(value.kind()), " for ", key));
      }
      const bool wanted = value.is_bool() && value.bool_value();
      Predicate out = Of(wanted ? Kind::kIsNull : Kind::kIsNotNull);
      out.left = Scalar(left);
      return out;
    }
    if (stem == "cast") return Cast(left, value, table);
    if (const ColumnOperator* op = FindByName(kColumnOperators, stem)) {
      return Columns(left, op->op, value, table);
    }
    const Operator* op = stem.empty() ? nullptr : FindByName(kOperators, stem);
    if (op == nullptr) return Fail(StrCat("Unknown operator : ", key));
    return Apply(left, *op, value);
  }

  Predicate Cast(const Left& left, const json::Value& value, const Table& table) {
    std::vector<Predicate> all;
    for (const auto& [name, comparisons] : value.members()) {
      Left cast = left;
      cast.cast = plan::SqlType{.name = name == "String" ? "text" : name};
      if (name == "geometry" || name == "geography") cast.cast->schema = left.type().schema;
      all.push_back(Comparisons(cast, comparisons, table));
    }
    return Joined(Kind::kAnd, std::move(all));
  }

  Predicate Columns(const Left& left, CompareOperator op, const json::Value& value,
                    const Table& table) {
    Predicate out = Of(Kind::kCompareColumns);
    out.left = Scalar(left);
    out.op = op;
    const json::Value* name = &value;
    if (value.is_array()) {
      const size_t count = value.items().size();
      out.root_column = count == 2 && value.items()[0] == json::Value("$");
      if (count == 0 || (count > 1 && !out.root_column)) {
        return Fail("a column of this table or of the root table is expected");
      }
      name = &value.items().back();
    }
    if (!name->is_string()) return Fail("a column name is expected");
    const Table& owner = out.root_column ? root_ : table;
    if (owner.FindColumn(name->string()) == nullptr) {
      return Fail(StrCat("column \"", name->string(), "\" does not exist"));
    }
    out.right_column = name->string();
    return out;
  }

  Predicate Apply(const Left& left, const Operator& op, const json::Value& value) {
    switch (op.operand) {
      case Operand::kColumn:
        return Equal(left, value, op.op);
      case Operand::kColumnList:
        if (value.is_array() && std::ranges::any_of(value.items(), IsSession)) {
          return OneByOne(left, op, value);
        }
        return Compare(left, op.op, value, ListOf(left.type()));
      case Operand::kText:
        return Compare(left, op.op, value, {.name = "text"});
      case Operand::kTextList:
        return Compare(left, op.op, value, {.name = "text", .dimensions = 1});
      case Operand::kOther:
        return Compare(left, op.op, value, {left.type().schema, std::string(op.type)});
      case Operand::kOtherList:
        return Compare(left, op.op, value, {left.type().schema, std::string(op.type), 1});
      case Operand::kMembers:
        return Members(left, op, value);
    }
    return Of(Kind::kFalse);
  }

  static plan::SqlType ListOf(plan::SqlType type) {
    ++type.dimensions;
    return type;
  }

  // A list some of whose elements are session variables.
  Predicate OneByOne(const Left& left, const Operator& op, const json::Value& value) {
    const bool any = op.op == CompareOperator::kIn;
    std::vector<Predicate> all;
    for (const json::Value& item : value.items()) {
      all.push_back(
          Compare(left, any ? CompareOperator::kEq : CompareOperator::kNeq, item, left.type()));
    }
    return Joined(any ? Kind::kOr : Kind::kAnd, std::move(all));
  }

  Predicate Members(const Left& left, const Operator& op, const json::Value& value) {
    Predicate out = Of(Kind::kCompare);
    out.left = Scalar(left);
    out.cast_left = left.cast;
    out.op = op.op;
    for (const std::string_view member : op.members) {
      const json::Value* given = member.empty() ? nullptr : value.Find(member);
      if (given == nullptr) continue;
      plan::SqlType type = left.type();
      if (member == "distance") type = {.name = "float8"};
      if (member == "use_spheroid") type = {.name = "bool"};
      if (member == "nband") type = {.name = "int4"};
      if (member == "geommin") type.name = "geometry";
      out.parameters.push_back(Add(PermissionValue(*given), type));
    }
    return out;
  }

  Predicate Equal(const Left& left, const json::Value& value, CompareOperator op) {
    if (value.is_null() && (op == CompareOperator::kEq || op == CompareOperator::kNeq)) {
      Predicate out = Of(op == CompareOperator::kEq ? Kind::kIsNull : Kind::kIsNotNull);
      out.left = Scalar(left);
      return out;
    }
    return Compare(left, op, value, left.type());
  }

  Predicate Compare(const Left& left, CompareOperator op, const json::Value& value,
                    const plan::SqlType& type) {
    if (std::string fault = LiteralFault(value, type); !fault.empty()) {
      return Fail(StrCat("in the comparison of \"", NameOf(left), "\": ", fault));
    }
    Predicate out = Of(Kind::kCompare);
    out.left = Scalar(left);
    out.cast_left = left.cast;
    out.op = op;
    out.parameters.push_back(Add(PermissionValue(value), type));
    return out;
  }

  plan::Scalar Scalar(const Left& left) {
    if (left.column != nullptr) {
      return {.column = left.column->name(), .type = left.column->catalog->type};
    }
    plan::Scalar out{.type = left.computed->type};
    out.function = std::make_unique<plan::FunctionCall>(Call(*left.computed));
    return out;
  }

  plan::ParameterIndex Add(plan::ParameterSource source, const plan::SqlType& type) {
    parameters_.push_back(std::move(source));
    types_.push_back(type);
    return static_cast<plan::ParameterIndex>(parameters_.size() - 1);
  }

  const Table& root_;
  std::vector<plan::ParameterSource> parameters_;
  std::vector<plan::SqlType> types_;
  std::set<const Table*> tables_;
  std::string error_;
};

}  // namespace

plan::ParameterSource PermissionValue(const json::Value& value) {
  plan::ParameterSource out;
  if (IsSession(value)) {
    out.kind = plan::ParameterSource::Kind::kSession;
    out.name = ToLower(value.string());
  } else {
    out.constant = json::ToString(value);
    out.has_constant = true;
  }
  return out;
}

FilterResult ParseFilter(const json::Value& expression, const Table& table) {
  return FilterParser(table).Parse(expression);
}

}  // namespace joinery::planner
