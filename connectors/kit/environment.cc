#include "connectors/kit/environment.h"

#include <cstdlib>
#include <vector>

#include "base/strings.h"

namespace joinery::connectors {

StatusOr<std::string> EnvironmentValue(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) {
    return InvalidArgument(StrCat("environment variable '", name, "' not set"));
  }
  return std::string(value);
}

StatusOr<std::string> ExpandTemplate(std::string_view text) {
  std::string out;
  std::vector<std::string> missing;
  size_t at = 0;
  for (;;) {
    const size_t open = text.find("{{", at);
    const size_t close = open == text.npos ? text.npos : text.find("}}", open);
    if (close == text.npos) break;
    out.append(text.substr(at, open - at));
    const std::string_view name = Trim(text.substr(open + 2, close - open - 2));
    const StatusOr<std::string> value = EnvironmentValue(name);
    if (value.ok()) {
      out.append(*value);
    } else {
      missing.emplace_back(name);
    }
    at = close + 2;
  }
  if (!missing.empty()) {
    return InvalidArgument(
        StrCat("Value for environment variables not found: ", Join(missing, ", ")));
  }
  out.append(text.substr(at));
  return out;
}

StatusOr<plan::Headers> ConfiguredHeaders(const json::Value& definition) {
  plan::Headers out;
  const json::Value* headers = definition.Find("headers");
  if (headers == nullptr) return out;
  for (const json::Value& header : headers->items()) {
    const auto name = header.FindString("name");
    if (!name) return InvalidArgument("a configured header has no name");
    if (const auto from = header.FindString("value_from_env")) {
      ASSIGN_OR_RETURN(std::string value, EnvironmentValue(*from));
      out.emplace_back(*name, std::move(value));
    } else {
      ASSIGN_OR_RETURN(std::string value, ExpandTemplate(header.FindString("value").value_or("")));
      out.emplace_back(*name, std::move(value));
    }
  }
  return out;
}

}  // namespace joinery::connectors
