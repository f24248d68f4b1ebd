#include "planner/metadata/default_source.h"

#include <utility>

namespace joinery::metadata {

using json::Value;

void AddDefaultSource(Value& document, const std::string& url_variable) {
  if (url_variable.empty()) return;
  if (document.Find("sources") == nullptr) document.Set("sources", Value::Array());
  Value* sources = document.Find("sources");
  for (const Value& source : sources->items()) {
    if (source.FindString("name") == "default") return;
  }
  Value url = Value::Object();
  url.Set("from_env", url_variable);
  Value info = Value::Object();
  info.Set("database_url", std::move(url));
  info.Set("isolation_level", "read-committed");
  info.Set("use_prepared_statements", true);
  Value configuration = Value::Object();
  configuration.Set("connection_info", std::move(info));
  Value source = Value::Object();
  source.Set("name", "default");
  source.Set("kind", "postgres");
  source.Set("tables", Value::Array());
  source.Set("configuration", std::move(configuration));
  sources->items().insert(sources->items().begin(), std::move(source));
}

Value EmptyDocument(const std::string& url_variable) {
  Value out = Value::Object();
  out.Set("version", 3);
  out.Set("sources", Value::Array());
  AddDefaultSource(out, url_variable);
  return out;
}

}  // namespace joinery::metadata
