#include <utility>

#include "planner/planning/relational.h"

namespace joinery::planner {
namespace {

using plan::Predicate;

Predicate Of(Predicate::Kind kind) {
  Predicate predicate;
  predicate.kind = kind;
  return predicate;
}

class PredicateBuilder {
 public:
  PredicateBuilder(Workbench& bench, Draft& draft) : bench_(bench), draft_(draft) {}

  IssueOr<Predicate> Expression(const ResolvedValue& value) {
    Predicate all = Of(Predicate::Kind::kTrue);
    for (const ResolvedMember& member : value.members) {
      ASSIGN_OR_RETURN_ISSUE(Predicate one, Member(member));
      all = And(std::move(all), std::move(one));
    }
    return all;
  }

 private:
  IssueOr<Predicate> Member(const ResolvedMember& member) {
    const InputBinding& binding = bench_.schema().input(member.definition->binding);
    if (const auto* connective = std::get_if<ConnectiveInput>(&binding)) {
      return Connect(connective->connective, member.value);
    }
    if (const auto* column = std::get_if<BoolColumnInput>(&binding)) {
      const ColumnBinding& bound = *column->column;
      return Comparison(member.value, std::nullopt,
                        [&] { return BuildScalar(bench_, draft_, bound); });
    }
    if (const auto* computed = std::get_if<BoolComputedInput>(&binding)) {
      ASSIGN_OR_RETURN_ISSUE(plan::FunctionCall call,
                             BuildCall(bench_, draft_, *computed->function, nullptr, "$"));
      return Comparison(member.value, std::nullopt,
                        [&] { return BuildComputed(bench_, draft_, *computed, call); });
    }
    if (const auto* relationship = std::get_if<BoolRelationshipInput>(&binding)) {
      return Exists(*relationship, member.value);
    }
    return UnexpectedIssue("an input of the schema has no meaning");
  }

  IssueOr<Predicate> Connect(Connective connective, const ResolvedValue& value) {
    if (connective == Connective::kNot) {
      Predicate negated = Of(Predicate::Kind::kNot);
      ASSIGN_OR_RETURN_ISSUE(Predicate inner, Expression(value));
      negated.children.push_back(std::move(inner));
      return negated;
    }
    const bool all = connective == Connective::kAnd;
    Predicate out = Of(all ? Predicate::Kind::kAnd : Predicate::Kind::kOr);
    for (const ResolvedValue& item : value.items) {
      ASSIGN_OR_RETURN_ISSUE(Predicate one, Expression(item));
      out.children.push_back(std::move(one));
    }
    if (out.children.empty()) return Of(all ? Predicate::Kind::kTrue : Predicate::Kind::kFalse);
    return out;
  }

  IssueOr<Predicate> Exists(const BoolRelationshipInput& relationship, const ResolvedValue& value) {
    Predicate out = Of(Predicate::Kind::kExists);
    out.table = relationship.target->table;
    out.pairs = relationship.pairs;
    if (relationship.function != nullptr) {
      ASSIGN_OR_RETURN_ISSUE(plan::FunctionCall call,
                             BuildCall(bench_, draft_, *relationship.function, nullptr, "$"));
      out.function = std::make_unique<plan::FunctionCall>(std::move(call));
    }
    ASSIGN_OR_RETURN_ISSUE(Predicate inner, Expression(value));
    out.children.push_back(
        And(bench_.Filter(draft_, relationship.target->filter), std::move(inner)));
    return out;
  }

  // `left` makes the compared scalar anew for every operator.
  template <typename Left>
  IssueOr<Predicate> Comparison(const ResolvedValue& value, std::optional<plan::SqlType> cast,
                                const Left& left) {
    Predicate all = Of(Predicate::Kind::kTrue);
    for (const ResolvedMember& member : value.members) {
      const InputBinding& binding = bench_.schema().input(member.definition->binding);
      if (const auto* casted = std::get_if<CastInput>(&binding)) {
        ASSIGN_OR_RETURN_ISSUE(Predicate one, Comparison(member.value, casted->type, left));
        all = And(std::move(all), std::move(one));
        continue;
      }
      Predicate one = Of(Predicate::Kind::kCompare);
      one.left = left();
      one.cast_left = cast;
      if (const auto* op = std::get_if<OperatorInput>(&binding)) {
        one.op = op->op;
        Operands(*op, member.value, one);
      } else if (std::holds_alternative<IsNullInput>(binding)) {
        const json::Value wanted = bench_.Freeze(member.value);
        one.kind = wanted.is_bool() && wanted.bool_value() ? Predicate::Kind::kIsNull
                                                           : Predicate::Kind::kIsNotNull;
      } else {
        // A member that holds comparisons of its own (such as `_cast`) applies to the same scalar.
        ASSIGN_OR_RETURN_ISSUE(one, Comparison(member.value, cast, left));
      }
      all = And(std::move(all), std::move(one));
    }
    return all;
  }

  void Operands(const OperatorInput& op, const ResolvedValue& value, Predicate& out) {
    if (op.members.empty()) {
      plan::SqlType type = op.operand;
      if (op.list) ++type.dimensions;
      out.parameters.push_back(bench_.Value(draft_, value, &type));
      return;
    }
    for (const std::string& name : op.members) {
      const ResolvedValue* member = value.Find(name);
      if (member == nullptr) return;
      const plan::SqlType type = MemberType(op, *member);
      out.parameters.push_back(bench_.Value(draft_, *member, &type));
    }
  }

  // Operators with an input object mix the operand's type with plain scalars.
  static plan::SqlType MemberType(const OperatorInput& op, const ResolvedValue& member) {
    const std::string_view name = member.type.named()->name;
    if (name == "Float") return {.name = "float8"};
    if (name == "Int") return {.name = "int4"};
    if (name == "Boolean") return {.name = "bool"};
    plan::SqlType type = op.operand;
    if (name == "geometry" || name == "geography" || name == "raster") type.name = name;
    return type;
  }

  Workbench& bench_;
  Draft& draft_;
};

}  // namespace

IssueOr<Predicate> BuildPredicate(Workbench& bench, Draft& draft, const ResolvedValue& expression) {
  return PredicateBuilder(bench, draft).Expression(expression);
}

}  // namespace joinery::planner
