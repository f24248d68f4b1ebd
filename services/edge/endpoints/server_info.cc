#include <string>
#include <utility>
#include <vector>

#include "json/value.h"
#include "json/write.h"
#include "services/edge/auth/jwt/jwt_options.h"
#include "services/edge/endpoints/endpoints.h"

namespace joinery::edge {
namespace {

// What the console is told of the JWT settings: where claims are, never a key.
json::Value DescribeJwt(const std::vector<std::string>& secrets) {
  if (secrets.empty()) return json::Value::Null();
  json::Value out = json::Value::Array();
  for (const std::string& secret : secrets) {
    const StatusOr<JwtOptions> options = ParseJwtOptions(secret);
    if (!options.ok()) continue;
    json::Value one = json::Value::Object();
    if (options->claims_namespace_path) {
      one.Set("claims_namespace_path", options->claims_namespace_path->text());
    } else {
      one.Set("claims_namespace", options->claims_namespace);
    }
    one.Set("claims_format", options->stringified ? "stringified_json" : "json");
    one.Set("claims_map", json::Value::Null());
    out.Append(std::move(one));
  }
  return out;
}

}  // namespace

void ServeHealth(const SharedCore& core, const SharedExchange& exchange) {
  const auto send = [exchange](int status, std::string text) {
    exchange->writer.Send(status, {{"content-type", "text/plain; charset=utf-8"}}, std::move(text));
  };
  const bool queued = core->workers.Run([core, exchange, send] {
    const auto consistent =
        core->planner.Consistent(CallContext::WithTimeout(std::chrono::seconds(5)));
    exchange->writer.Post([consistent, send, ready = core->watch->ready()] {
      if (!consistent.ok() || !ready) return send(500, "ERROR");
      send(200, *consistent ? "OK" : "WARN: inconsistent objects in schema");
    });
  });
  if (!queued) send(503, "ERROR");
}

void ServeVersion(const SharedCore& core, const SharedExchange& exchange) {
  std::string body = "{\"server_type\":\"ce\",\"version\":";
  json::AppendQuoted(body, core->options.version);
  body.push_back('}');
  exchange->SendJson(200, std::move(body), false);
}

void ServeConfig(const SharedCore& core, const SharedExchange& exchange) {
  const EdgeOptions& options = core->options;
  json::Value config = json::Value::Object();
  config.Set("version", options.version);
  config.Set("is_function_permissions_inferred", true);
  config.Set("is_remote_schema_permissions_enabled", false);
  config.Set("is_admin_secret_set", !options.auth.admin_secrets.empty());
  config.Set("is_auth_hook_set", !options.auth.hook_url.empty());
  config.Set("is_jwt_set", !options.auth.jwt_secrets.empty());
  config.Set("jwt", DescribeJwt(options.auth.jwt_secrets));
  config.Set("is_allow_list_enabled", false);
  json::Value queries = json::Value::Object();
  queries.Set("batch_size", 100);
  queries.Set("refetch_delay", 1);
  config.Set("live_queries", queries);
  config.Set("streaming_queries", queries);
  config.Set("console_assets_dir", json::Value::Null());
  config.Set("experimental_features", json::Value::Array());
  config.Set("is_prometheus_metrics_enabled", false);
  config.Set("default_naming_convention", "hasura-default");
  exchange->SendJson(200, json::ToString(config), false);
}

}  // namespace joinery::edge
