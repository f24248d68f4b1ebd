#include "services/joinery/options.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "json/value.h"
#include "json/write.h"
#include "services/joinery/schema_options.h"

namespace joinery {

const std::vector<std::string>& KnownFlags() {
  static const std::vector<std::string> flags = {
      "metadata",
      "metadata-writable!",
      "metadata-database-url",
      "introspection-interval",
      "host",
      "port",
      "mesh!",
      "listen",
      "planner",
      "postgres",
      "remote-schema",
      "action",
      "admin-secret",
      "threads",
      "tls-cert",
      "tls-key",
      "log-level",
      "server-host",
      "server-port",
      "unauthorized-role",
      "jwt-secret",
      "auth-hook",
      "auth-hook-mode",
      "dev-mode!",
      "enable-console!",
  };
  return flags;
}

namespace {

std::vector<std::string> Names(const std::string& list) {
  std::vector<std::string> out;
  for (const std::string_view part : Split(list, ',')) {
    const std::string_view name = Trim(part);
    if (!name.empty()) out.emplace_back(name);
  }
  return out;
}

constexpr int64_t kMostRows = 10'000'000;
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

size_t ReadMaxAnswerBytes(kit::Settings& settings) {
  return static_cast<size_t>(
      settings.Integer("", "JOINERY_MAX_ANSWER_BYTES", int64_t{1} << 30, 1, kMost));
}

bool ValidDomain(std::string_view domain) {
  if (domain == "*") return true;
  const bool scheme = domain.starts_with("http://") || domain.starts_with("https://");
  return scheme && domain.find('*', domain.find("://") + 4) == domain.npos;
}

}  // namespace

// Elements of a JSON array of texts or of objects, as texts.
std::vector<std::string> Elements(kit::Settings& settings, const char* variable) {
  std::vector<std::string> out;
  const std::string text = settings.Text("", variable);
  if (text.empty()) return out;
  const StatusOr<json::Value> list = json::Parse(text);
  if (!list.ok() || !list->is_array()) {
    settings.AddMistake(StrCat("Environment variable ", variable, ": expected a JSON array"));
    return out;
  }
  for (const json::Value& item : list->items()) {
    out.push_back(item.is_string() ? item.string() : json::ToString(item));
  }
  return out;
}

void ReadAuthOptions(kit::Settings& settings, edge::AuthOptions& out) {
  out.admin_secrets = Elements(settings, "HASURA_GRAPHQL_ADMIN_SECRETS");
  std::string secret = settings.Text("admin-secret", "HASURA_GRAPHQL_ADMIN_SECRET");
  if (secret.empty()) secret = settings.Text("", "HASURA_GRAPHQL_ACCESS_KEY");
  if (!secret.empty()) out.admin_secrets.push_back(std::move(secret));
  out.unauthorized_role = settings.Text("unauthorized-role", "HASURA_GRAPHQL_UNAUTHORIZED_ROLE");
  out.jwt_secrets = Elements(settings, "HASURA_GRAPHQL_JWT_SECRETS");
  std::string jwt = settings.Text("jwt-secret", "HASURA_GRAPHQL_JWT_SECRET");
  if (!jwt.empty()) out.jwt_secrets.push_back(std::move(jwt));
  out.hook_url = settings.Text("auth-hook", "HASURA_GRAPHQL_AUTH_HOOK");
  if (!out.hook_url.empty() && !out.hook_url.starts_with("http://") &&
      !out.hook_url.starts_with("https://")) {
    settings.AddMistake(StrCat(settings.Place("auth-hook", "HASURA_GRAPHQL_AUTH_HOOK"),
                               ": expected an http:// or https:// address"));
  }
  const std::string mode = settings.Text("auth-hook-mode", "HASURA_GRAPHQL_AUTH_HOOK_MODE", "GET");
  out.hook_post = EqualsIgnoreCase(mode, "POST");
  if (!out.hook_post && !EqualsIgnoreCase(mode, "GET")) {
    settings.AddMistake(StrCat(settings.Place("auth-hook-mode", "HASURA_GRAPHQL_AUTH_HOOK_MODE"),
                               ": expected GET or POST"));
  }
  out.hook_sends_request = settings.Bool("", "HASURA_GRAPHQL_AUTH_HOOK_SEND_REQUEST_BODY", true);
}

edge::EdgeOptions ReadEdgeOptions(kit::Settings& settings, std::chrono::milliseconds lease) {
  edge::EdgeOptions out;
  out.metadata_lease = std::chrono::milliseconds(
      settings.Integer("", "JOINERY_METADATA_LEASE", lease.count(), 0, 3'600'000));
  ReadAuthOptions(settings, out.auth);
  out.partial_results = settings.Bool("", "JOINERY_PARTIAL_RESULTS", true);
  out.stream_time =
      std::chrono::seconds(settings.Integer("", "JOINERY_STREAM_TIMEOUT", 600, 1, 86'400));
  out.max_answer_bytes = ReadMaxAnswerBytes(settings);
  out.dev_mode = settings.Bool("dev-mode", "HASURA_GRAPHQL_DEV_MODE", false);
  out.admin_internal_errors = settings.Bool("", "HASURA_GRAPHQL_ADMIN_INTERNAL_ERRORS", true);
  out.disable_cors = settings.Bool("", "HASURA_GRAPHQL_DISABLE_CORS", false);
  out.cors_domains = Names(settings.Text("", "HASURA_GRAPHQL_CORS_DOMAIN", "*"));
  out.ws_read_cookie = settings.Bool("", "HASURA_GRAPHQL_WS_READ_COOKIE", false);
  out.live_query_interval = std::chrono::milliseconds(settings.Integer(
      "", "HASURA_GRAPHQL_LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL", 1'000, 1, 86'400'000));
  out.websocket_keepalive = std::chrono::seconds(
      settings.Integer("", "HASURA_GRAPHQL_WEBSOCKET_KEEPALIVE", 5, 1, 86'400));
  out.websocket_init_timeout = std::chrono::seconds(
      settings.Integer("", "HASURA_GRAPHQL_WEBSOCKET_CONNECTION_INIT_TIMEOUT", 3, 1, 86'400));
  for (const std::string& domain : out.cors_domains) {
    if (!ValidDomain(domain)) {
      settings.AddMistake(
          StrCat("Environment variable HASURA_GRAPHQL_CORS_DOMAIN: invalid domain: ", domain));
    }
  }
  const std::vector<std::string> apis =
      Names(settings.Text("", "HASURA_GRAPHQL_ENABLED_APIS", "metadata,graphql,pgdump,config"));
  constexpr std::array<std::string_view, 6> kApis = {"metadata",  "graphql", "pgdump",
                                                     "developer", "config",  "metrics"};
  for (const std::string& api : apis) {
    if (std::ranges::find(kApis, api) == kApis.end()) {
      settings.AddMistake(
          StrCat("Environment variable HASURA_GRAPHQL_ENABLED_APIS: there is no API \"", api,
                 "\"; expected a list of ", Join(kApis, ", ")));
    }
  }
  const auto enabled = [&](std::string_view api) {
    return std::ranges::find(apis, api) != apis.end();
  };
  out.enable_graphql = enabled("graphql");
  out.enable_metadata = enabled("metadata");
  out.enable_config = enabled("config");
  return out;
}

planner::EngineOptions ReadEngineOptions(kit::Settings& settings) {
  planner::EngineOptions out;
  out.schema = ReadSchemaOptions(settings);
  out.enforce_allow_list = settings.Bool("", "HASURA_GRAPHQL_ENABLE_ALLOWLIST", false);
  out.introspection = std::chrono::seconds(
      settings.Integer("introspection-interval", "JOINERY_INTROSPECTION_INTERVAL", 60, 0, 86'400));
  const std::string down = settings.Text("", "JOINERY_METADATA_DATABASE_DOWN", "serve");
  out.trust_when_down = down != "stop";
  if (down != "serve" && down != "stop") {
    settings.AddMistake(
        "Environment variable JOINERY_METADATA_DATABASE_DOWN: expected serve or stop");
  }
  return out;
}

void ReadLogLevel(kit::Settings& settings) {
  static constexpr std::array<std::pair<std::string_view, LogLevel>, 4> kLevels = {
      {{"debug", LogLevel::kDebug},
       {"info", LogLevel::kInfo},
       {"warn", LogLevel::kWarn},
       {"error", LogLevel::kError}}};
  const std::string level = settings.Text("log-level", "HASURA_GRAPHQL_LOG_LEVEL", "info");
  const auto named =
      std::ranges::find(kLevels, level, &std::pair<std::string_view, LogLevel>::first);
  if (named != kLevels.end()) return SetLogLevel(named->second);
  settings.AddMistake(StrCat(settings.Place("log-level", "HASURA_GRAPHQL_LOG_LEVEL"),
                             ": expected debug, info, warn or error"));
}

std::string ReadListenAddress(kit::Settings& settings, std::string_view otherwise) {
  const std::string address = settings.Text("listen", "JOINERY_LISTEN", otherwise);
  if (address.empty()) return address;
  const size_t colon = address.rfind(':');
  const std::optional<int64_t> port = colon == address.npos
                                          ? std::nullopt
                                          : ParseInt64(std::string_view(address).substr(colon + 1));
  if (colon == 0 || !port || *port < 0 || *port > 65535) {
    settings.AddMistake(StrCat(settings.Place("listen", "JOINERY_LISTEN"),
                               ": expected host:port, with a port from 0 to 65535"));
  }
  return address;
}

edge::http::ServerOptions ReadServerOptions(kit::Settings& settings) {
  edge::http::ServerOptions out;
  out.address = settings.Text("host", "");
  if (out.address.empty())
    out.address = settings.Text("server-host", "HASURA_GRAPHQL_SERVER_HOST", "0.0.0.0");
  if (out.address == "*") out.address = "0.0.0.0";
  const std::string_view flag = settings.Has("server-port") ? "server-port" : "port";
  out.port =
      static_cast<uint16_t>(settings.Integer(flag, "HASURA_GRAPHQL_SERVER_PORT", 8080, 0, 65535));
  out.certificate_file = settings.Text("tls-cert", "JOINERY_TLS_CERT");
  out.private_key_file = settings.Text("tls-key", "JOINERY_TLS_KEY");
  if (out.certificate_file.empty() != out.private_key_file.empty()) {
    settings.AddMistake("--tls-cert and --tls-key go together");
  }
  return out;
}

connectors::postgres::AnswerLimits ReadAnswerLimits(kit::Settings& settings) {
  return {.most_rows =
              static_cast<uint64_t>(settings.Integer("", "JOINERY_MAX_ROWS", kMostRows, 1, kMost)),
          .most_bytes = ReadMaxAnswerBytes(settings)};
}

size_t ReadThreads(kit::Settings& settings) {
  const int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  return static_cast<size_t>(settings.Integer("threads", "JOINERY_THREADS", cores, 1, 256));
}

}  // namespace joinery
