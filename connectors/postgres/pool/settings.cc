#include "connectors/postgres/pool/settings.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <optional>
#include <string_view>

#include "base/strings.h"

namespace joinery::connectors::postgres {
namespace {

constexpr std::string_view kUrlForms =
    R"(a string, {"from_env": …}, {"connection_parameters": …} or {"host", "port", "database", "username", "password"})";

class Reader {
 public:
  explicit Reader(const std::string& source) { settings_.source = source; }

  StatusOr<Settings> Read(const json::Value& definition) {
    const json::Value* info = ConnectionInfo(definition);
    if (info == nullptr) return Fault("has no configuration.connection_info");
    RETURN_IF_ERROR(ReadUrl(*info));
    RETURN_IF_ERROR(ReadIsolation(*info));
    if (const json::Value* pool = info->Find("pool_settings")) RETURN_IF_ERROR(ReadPool(*pool));
    if (const json::Value* ssl = info->Find("ssl_configuration")) RETURN_IF_ERROR(ReadSsl(*ssl));
    return std::move(settings_);
  }

 private:
  static const json::Value* ConnectionInfo(const json::Value& definition) {
    const json::Value* configuration = definition.Find("configuration");
    return (configuration == nullptr ? definition : *configuration).Find("connection_info");
  }

  Status Fault(std::string_view what) const {
    return InvalidArgument(StrCat("source \"", settings_.source, "\": ", what));
  }

  void Add(std::string keyword, std::string value) {
    settings_.parameters.emplace_back(std::move(keyword), std::move(value));
  }

  // A text, or a reference to an environment variable.
  StatusOr<std::string> Text(const json::Value& value, std::string_view where) const {
    if (value.is_string()) return value.string();
    if (value.is_number()) return value.number_text();
    if (const auto variable = value.FindString("from_env")) {
      const char* text = std::getenv(std::string(*variable).c_str());
      if (text == nullptr) return Fault(StrCat("environment variable '", *variable, "' not set"));
      return std::string(text);
    }
    return Fault(StrCat(where, " must be a string or {\"from_env\": …}"));
  }

  Status ReadUrl(const json::Value& info) {
    const json::Value* url = info.Find("database_url");
    if (url == nullptr) return Fault("connection_info has no database_url");
    if (url->is_string() || url->Find("from_env") != nullptr) {
      ASSIGN_OR_RETURN(const std::string text, Text(*url, "database_url"));
      return AddUrl(text);
    }
    const json::Value* nested = url->Find("connection_parameters");
    return ReadParameters(nested == nullptr ? *url : *nested);
  }

  // libpq's own parse errors repeat the text, and with it the password.
  Status AddUrl(const std::string& url) {
    char* message = nullptr;
    PQconninfoOption* options = PQconninfoParse(url.c_str(), &message);
    PQfreemem(message);
    if (options == nullptr) return Fault("database_url is not a valid connection string");
    PQconninfoFree(options);
    Add("dbname", url);
    return OkStatus();
  }

  Status ReadParameters(const json::Value& parameters) {
    if (!parameters.is_object()) return Fault(StrCat("database_url must be ", kUrlForms));
    static constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"host", "host"},         {"port", "port"},       {"username", "user"},
        {"password", "password"}, {"database", "dbname"},
    };
    for (const auto& [member, keyword] : kNames) {
      const json::Value* value = parameters.Find(member);
      if (value == nullptr || value->is_null()) continue;
      ASSIGN_OR_RETURN(std::string text, Text(*value, StrCat("database_url.", member)));
      // libpq takes a dbname that looks like a URL for one.
      if (keyword == "dbname" && (text.find('=') != text.npos || text.find("://") != text.npos)) {
        return Fault("database_url.database is not a database name");
      }
      Add(std::string(keyword), std::move(text));
    }
    if (settings_.parameters.empty()) return Fault(StrCat("database_url must be ", kUrlForms));
    return OkStatus();
  }

  Status ReadIsolation(const json::Value& info) {
    const json::Value* level = info.Find("isolation_level");
    if (level == nullptr || level->is_null()) return OkStatus();
    if (level->is_string()) {
      const std::string text = ReplaceAll(level->string(), "-", " ");
      if (text == "read committed" || text == "repeatable read" || text == "serializable") {
        settings_.isolation_level = text;
        return OkStatus();
      }
    }
    return Fault("isolation_level must be read-committed, repeatable-read or serializable");
  }

  StatusOr<std::optional<int64_t>> Number(const json::Value& pool, std::string_view name,
                                          int64_t least) const {
    const json::Value* value = pool.Find(name);
    if (value == nullptr || value->is_null()) return std::optional<int64_t>();
    // Some keys may stand as {"from_env"} or as text.
    ASSIGN_OR_RETURN(const std::string text, Text(*value, StrCat("pool_settings.", name)));
    const std::optional<int64_t> number = value->is_number() ? value->int64() : ParseInt64(text);
    if (!number || *number < least || *number > 1'000'000'000) {
      return Fault(StrCat("pool_settings.", name, " must be a number not below ", least));
    }
    return number;
  }

  Status ReadPool(const json::Value& pool) {
    if (pool.is_null()) return OkStatus();
    ASSIGN_OR_RETURN(const auto most, Number(pool, "max_connections", 1));
    ASSIGN_OR_RETURN(const auto total, Number(pool, "total_max_connections", 1));
    ASSIGN_OR_RETURN(const auto idle, Number(pool, "idle_timeout", 0));
    ASSIGN_OR_RETURN(const auto retries, Number(pool, "retries", 0));
    ASSIGN_OR_RETURN(const auto wait, Number(pool, "pool_timeout", 0));
    ASSIGN_OR_RETURN(const auto life, Number(pool, "connection_lifetime", 0));
    if (most) settings_.max_connections = static_cast<int>(*most);
    if (total) settings_.max_connections = static_cast<int>(*total);
    if (idle) settings_.idle_timeout = std::chrono::seconds(*idle);
    if (retries) settings_.retries = static_cast<int>(*retries);
    if (wait) settings_.pool_timeout = std::chrono::seconds(*wait);
    if (life) settings_.connection_lifetime = std::chrono::seconds(*life);
    return OkStatus();
  }

  Status ReadSsl(const json::Value& ssl) {
    for (const std::string_view name :
         {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword"}) {
      const json::Value* value = ssl.Find(name);
      if (value == nullptr || value->is_null()) continue;
      if (value->is_object() && value->members().empty()) continue;
      ASSIGN_OR_RETURN(std::string text, Text(*value, StrCat("ssl_configuration.", name)));
      Add(std::string(name), std::move(text));
    }
    return OkStatus();
  }

  Settings settings_;
};

}  // namespace

StatusOr<Settings> ReadSettings(const std::string& source, const json::Value& definition) {
  return Reader(source).Read(definition);
}

}  // namespace joinery::connectors::postgres
