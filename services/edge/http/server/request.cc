#include "services/edge/http/server/request.h"

#include "base/strings.h"

namespace joinery::edge::http {

Method MethodFromName(std::string_view name) {
  switch (name.size()) {
    case 3:
      if (name == "GET") return Method::kGet;
      if (name == "PUT") return Method::kPut;
      break;
    case 4:
      if (name == "POST") return Method::kPost;
      if (name == "HEAD") return Method::kHead;
      break;
    case 5:
      if (name == "PATCH") return Method::kPatch;
      break;
    case 6:
      if (name == "DELETE") return Method::kDelete;
      break;
    case 7:
      if (name == "OPTIONS") return Method::kOptions;
      break;
    default:
      break;
  }
  return Method::kOther;
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const HeaderField& field : fields_) {
    if (field.name.size() == name.size() && EqualsIgnoreCase(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::string_view Headers::Get(std::string_view name) const {
  return Find(name).value_or(std::string_view());
}

size_t Headers::Count(std::string_view name) const {
  size_t count = 0;
  for (const HeaderField& field : fields_) {
    if (field.name.size() == name.size() && EqualsIgnoreCase(field.name, name)) ++count;
  }
  return count;
}

}  // namespace joinery::edge::http
