#include "services/edge/rest/rest_router.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/strings.h"
#include "json/value.h"

namespace joinery::edge {
namespace {

using Variable = plan::RestEndpoint::Variable;

Issue BadRequest(std::string message) {
  return {.code = "bad-request", .message = std::move(message), .path = "$"};
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Decodes once; what is no escape stays as it is.
std::string PercentDecoded(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                        HexDigit(text[i + 2]) >= 0;
    if (escape) {
      out.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (;;) {
    const size_t at = text.find(separator);
    out.emplace_back(text.substr(0, at));
    if (at == text.npos) return out;
    text.remove_prefix(at + 1);
  }
}

bool IsVariable(const std::string& segment) { return segment.starts_with(':'); }

bool Matches(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsVariable(pattern[i]) ? segments[i].empty() : pattern[i] != segments[i]) return false;
  }
  return true;
}

// Whether `a` is the closer match: a literal where `b` has its first variable that `a` has not.
bool Closer(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (IsVariable(a[i]) != IsVariable(b[i])) return IsVariable(b[i]);
  }
  return false;
}

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// A text of the address as a value of the variable's type; `text` null: named without a value.
IssueOr<json::Value> FromText(const Variable& variable, const std::optional<std::string>& text) {
  if (variable.is_list) {
    return BadRequest(
        StrCat("List variables are not currently supported in URL or Query parameters. "
               "(Variable ",
               variable.name, ", with value \"", text.value_or(""), "\")"));
  }
  const bool boolean = IsOneOf(variable.type, {"Boolean", "Bool"});
  if (!text || text->empty()) {
    if (boolean) return json::Value(true);
    if (!variable.non_null && !text) return json::Value::Null();
    if (!variable.non_null && variable.type != "String") return json::Value::Null();
    return json::Value(text.value_or(""));
  }
  const bool number =
      IsOneOf(variable.type, {"Int", "Float", "Number", "Double", "float8", "numeric"});
  if (!boolean && !number) return json::Value(*text);
  StatusOr<json::Value> parsed = json::Parse(*text);
  const bool fits = parsed.ok() && (boolean ? parsed->is_bool() : parsed->is_number());
  if (fits) return *std::move(parsed);
  return BadRequest(
      StrCat("Expected ", variable.type, " for variable ", variable.name, " got \"", *text, "\""));
}

// The variables of one request, each from one place.
class Values {
 public:
  explicit Values(const plan::RestEndpoint& endpoint) : endpoint_(endpoint) {}

  MaybeIssue AddText(const std::string& name, const std::optional<std::string>& text) {
    ASSIGN_OR_RETURN_ISSUE(const Variable* variable, Find(name));
    if (!seen_.insert(name).second) return {};
    ASSIGN_OR_RETURN_ISSUE(json::Value value, FromText(*variable, text));
    // Absent, so that a default holds.
    if (!value.is_null()) values_.Set(name, std::move(value));
    return {};
  }

  MaybeIssue AddJson(const std::string& name, const json::Value& value) {
    RETURN_IF_ISSUE(Find(name));
    if (seen_.insert(name).second) values_.Set(name, value);
    return {};
  }

  json::Value Take() { return std::move(values_); }

 private:
  IssueOr<const Variable*> Find(const std::string& name) const {
    const auto found = std::ranges::find(endpoint_.variables, name, &Variable::name);
    if (found == endpoint_.variables.end()) return BadRequest(StrCat("Unexpected variable ", name));
    return &*found;
  }

  const plan::RestEndpoint& endpoint_;
  std::set<std::string> seen_;
  json::Value values_ = json::Value::Object();
};

}  // namespace

RestRouter::RestRouter(plan::RestEndpoints endpoints) : schema_version_(endpoints.schema_version) {
  for (plan::RestEndpoint& endpoint : endpoints.endpoints) {
    std::vector<std::string> segments = Split(endpoint.url, '/');
    entries_.push_back({std::move(endpoint), std::move(segments)});
  }
}

IssueOr<const RestRouter::Entry*> RestRouter::Match(
    std::string_view method, const std::vector<std::string>& segments) const {
  std::vector<const Entry*> best;
  for (const Entry& entry : entries_) {
    if (!Matches(entry.segments, segments)) continue;
    if (!best.empty() && Closer(best.front()->segments, entry.segments)) continue;
    if (!best.empty() && Closer(entry.segments, best.front()->segments)) best.clear();
    best.push_back(&entry);
  }
  if (best.empty()) {
    return Issue{.code = "not-found",
                 .message = "Endpoint not found",
                 .path = "$",
                 .internal = {},
                 .http_status = 404};
  }
  const Entry* chosen = nullptr;
  std::vector<std::string> allowed;
  for (const Entry* entry : best) {
    allowed.insert(allowed.end(), entry->endpoint.methods.begin(), entry->endpoint.methods.end());
    if (std::ranges::find(entry->endpoint.methods, method) == entry->endpoint.methods.end())
      continue;
    if (chosen != nullptr) return UnexpectedIssue("Multiple endpoints match request");
    chosen = entry;
  }
  if (chosen != nullptr) return chosen;
  return Issue{.code = "method-not-allowed",
               .message = StrCat("Allowed methods: ", Join(allowed, ", ")),
               .path = "$",
               .internal = {},
               .http_status = 405};
}

IssueOr<GraphqlRequest> RestRouter::Route(std::string_view method, std::string_view path,
                                          std::string_view query, std::string_view body) const {
  std::vector<std::string> segments = Split(path, '/');
  for (std::string& segment : segments) segment = PercentDecoded(segment, false);
  ASSIGN_OR_RETURN_ISSUE(const Entry* entry, Match(method, segments));
  Values values(entry->endpoint);
  for (size_t i = 0; i < segments.size(); ++i) {
    if (IsVariable(entry->segments[i])) {
      RETURN_IF_ISSUE(values.AddText(entry->segments[i].substr(1), segments[i]));
    }
  }
  for (const std::string& part : query.empty() ? std::vector<std::string>() : Split(query, '&')) {
    if (part.empty()) continue;
    const size_t equals = part.find('=');
    const std::string name = PercentDecoded(part.substr(0, equals), true);
    std::optional<std::string> value;
    if (equals != std::string::npos) value = PercentDecoded(part.substr(equals + 1), true);
    RETURN_IF_ISSUE(values.AddText(name, value));
  }
  if (!body.empty()) {
    const StatusOr<json::Value> parsed = json::Parse(body);
    if (!parsed.ok() || !parsed->is_object()) {
      return Issue{
          .code = "invalid-json", .message = "expected a JSON object as the body", .path = "$"};
    }
    for (const auto& [name, value] : parsed->members())
      RETURN_IF_ISSUE(values.AddJson(name, value));
  }
  GraphqlRequest out;
  out.query = entry->endpoint.query;
  out.variables = values.Take();
  out.stored = true;
  return out;
}

}  // namespace joinery::edge
