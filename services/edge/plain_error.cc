#include "services/edge/plain_error.h"

#include "base/strings.h"
#include "json/write.h"

namespace joinery::edge {

std::string PlainError(const Issue& issue, bool show_internal) {
  std::string out = "{\"path\":";
  json::AppendQuoted(out, issue.path);
  out.append(",\"error\":");
  json::AppendQuoted(out, issue.message);
  out.append(",\"code\":");
  json::AppendQuoted(out, issue.code);
  if (show_internal && !issue.internal.empty()) StrAppend(out, ",\"internal\":", issue.internal);
  out.push_back('}');
  return out;
}

}  // namespace joinery::edge
