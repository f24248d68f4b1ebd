#include "executor/parameters.h"

#include <limits>

#include "base/strings.h"
#include "json/write.h"

namespace joinery::executor {
namespace {

using Check = plan::ParameterSource::Check;
using Kind = plan::ParameterSource::Kind;

const json::Value* Lookup(const plan::ParameterSource& source, const json::Value& variables) {
  const json::Value* at = variables.Find(source.name);
  for (const json::PathStep& step : source.path) {
    if (at == nullptr) return nullptr;
    if (const auto* name = std::get_if<std::string>(&step)) {
      at = at->Find(*name);
    } else {
      const size_t index = std::get<size_t>(step);
      at = at->is_array() && index < at->items().size() ? &at->items()[index] : nullptr;
    }
  }
  return at;
}

bool Fits(const json::Value& value, Check check) {
  switch (check) {
    case Check::kNone:
      return true;
    case Check::kNonNull:
      return !value.is_null();
    case Check::kInt32: {
      const auto number = value.int64();
      return value.is_null() || (number && *number == static_cast<int32_t>(*number));
    }
    case Check::kNonNegativeInt: {
      const auto number = value.int64();
      return value.is_null() ||
             (number && *number >= 0 && *number <= std::numeric_limits<int32_t>::max());
    }
    case Check::kFloat:
      return value.is_null() || value.is_number();
    case Check::kString:
      return value.is_null() || value.is_string();
    case Check::kBoolean:
      return value.is_null() || value.is_bool();
    case Check::kId:
      return value.is_null() || value.is_string() || value.int64().has_value();
    case Check::kScalar:
      return !value.is_object() && !value.is_array();
  }
  return false;
}

const std::string* SessionVariable(const plan::Session& session, std::string_view name) {
  for (const auto& [key, value] : session.variables) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string SessionObject(const plan::Session& session) {
  std::string out = "{";
  for (const auto& [name, value] : session.variables) {
    if (out.size() > 1) out.push_back(',');
    json::AppendQuoted(out, name);
    out.push_back(':');
    json::AppendQuoted(out, value);
  }
  out.push_back('}');
  return out;
}

plan::ParameterValue Json(std::string bytes) {
  return {.kind = plan::ParameterValue::Kind::kJson, .bytes = std::move(bytes)};
}

}  // namespace

bool ParametersFit(const plan::Plan& plan, const json::Value& variables) {
  for (const plan::Fetch& fetch : plan.fetches) {
    for (const plan::ParameterSource& source : fetch.parameters) {
      if (source.kind != Kind::kVariable || source.check == Check::kNone) continue;
      const json::Value* value = Lookup(source, variables);
      if (value != nullptr && !Fits(*value, source.check)) return false;
    }
  }
  return true;
}

IssueOr<std::vector<plan::ParameterValue>> EvaluateParameters(const plan::Fetch& fetch,
                                                              const Request& request) {
  std::vector<plan::ParameterValue> out;
  out.reserve(fetch.parameters.size());
  for (const plan::ParameterSource& source : fetch.parameters) {
    plan::ParameterValue& value = out.emplace_back();
    switch (source.kind) {
      case Kind::kConstant:
        value = Json(source.constant);
        break;
      case Kind::kVariable:
        if (const json::Value* given = Lookup(source, request.variables)) {
          value = Json(json::ToString(*given));
        } else if (source.has_constant) {
          value = Json(source.constant);
        }
        break;
      case Kind::kSession: {
        const std::string* given = SessionVariable(*request.session, source.name);
        if (given == nullptr) {
          return Issue{.code = "not-found",
                       .message = StrCat("missing session variables: \"", source.name, "\"")};
        }
        value = {.kind = plan::ParameterValue::Kind::kText, .bytes = *given};
        break;
      }
      case Kind::kSessionObject:
        value = Json(SessionObject(*request.session));
        break;
      case Kind::kRequestQuery: {
        std::string quoted;
        json::AppendQuoted(quoted, request.query);
        value = Json(std::move(quoted));
        break;
      }
    }
  }
  return out;
}

}  // namespace joinery::executor
