#include "executor/parameters.h"

#include <algorithm>
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

bool Fits(const json::Value& value, const plan::ParameterSource& source) {
  switch (source.check) {
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
    case Check::kEnum:
      return value.is_null() ||
             (value.is_string() &&
              std::ranges::find(source.names, value.string()) != source.names.end());
  }
  return false;
}

const std::string* SessionVariable(const plan::Session& session, std::string_view name) {
  for (const auto& [key, value] : session.variables) {
    if (key == name) return &value;
  }
  return nullptr;
}

// What keeps a session variable's text from being a value; empty: nothing.
std::string CoercionFault(const std::string& text, const plan::ParameterSource& source) {
  const auto parsed = json::Parse(text);
  const auto into = [&](std::string_view type) {
    return StrCat("\"", text, "\" cannot be coerced into ", type, " value");
  };
  switch (source.check) {
    case Check::kInt32:
      return parsed.ok() && parsed->is_number() && Fits(*parsed, source) ? "" : into("an Int");
    case Check::kFloat:
      return parsed.ok() && parsed->is_number() ? "" : into("a Float");
    case Check::kBoolean:
      return parsed.ok() && parsed->is_bool() ? "" : into("a Boolean");
    case Check::kEnum:
      return Fits(json::Value(text), source)
                 ? ""
                 : StrCat("\"", text, "\" is not one of the valid enum values");
    default:
      return {};
  }
}

IssueOr<plan::ParameterValue> SessionValue(const plan::Session& session,
                                           const plan::ParameterSource& source) {
  const std::string* given = SessionVariable(session, source.name);
  const bool coerced = source.check != Check::kNone;
  if (given == nullptr) {
    return Issue{.code = "not-found",
                 .message = coerced ? StrCat("\"", source.name,
                                             "\" session variable expected, but not found")
                                    : StrCat("missing session variables: \"", source.name, "\"")};
  }
  if (std::string fault = CoercionFault(*given, source); !fault.empty()) {
    return Issue{.code = "coercion-error", .message = std::move(fault)};
  }
  return plan::ParameterValue{.kind = plan::ParameterValue::Kind::kText, .bytes = *given};
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
      if (value != nullptr && !Fits(*value, source)) return false;
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
        ASSIGN_OR_RETURN_ISSUE(value, SessionValue(*request.session, source));
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
