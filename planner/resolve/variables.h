#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/issue.h"
#include "graphql/ast.h"
#include "graphql/type_system.h"
#include "json/value.h"
#include "plan/plan.h"

namespace joinery::planner {

// The variables of one operation: what was declared, what was sent, what of it was looked at. Lives
// as long as one call of Resolve.
class Variables {
 public:
  struct Declared {
    const graphql::ast::VariableDefinition* definition = nullptr;
    const json::Value* sent = nullptr;  // Null pointer: the client sent none.
    json::Value fallback;               // The default as JSON; see has_default.
    bool has_default = false;

    // The value to use; nullptr: absent.
    const json::Value* value() const {
      return sent != nullptr ? sent : has_default ? &fallback : nullptr;
    }
  };

  // Issues: double definitions, missing values, values sent for nothing.
  static IssueOr<Variables> Read(const graphql::Document& document,
                                 const graphql::ast::Operation& operation, const json::Value& sent);

  // nullptr: not declared.
  const Declared* Find(std::string_view name) const;
  // Notes that the plan depends on the variable that much; the strongest mode wins.
  void Use(std::string_view name, plan::VariableUse::Mode mode);

  const std::map<std::string_view, Declared>& declared() const { return declared_; }
  const std::map<std::string, plan::VariableUse::Mode, std::less<>>& modes() const {
    return modes_;
  }

 private:
  std::map<std::string_view, Declared> declared_;
  std::map<std::string, plan::VariableUse::Mode, std::less<>> modes_;
};

// A literal without variables as JSON; enum values become strings.
json::Value LiteralToJson(const graphql::ast::Value& literal);

}  // namespace joinery::planner
