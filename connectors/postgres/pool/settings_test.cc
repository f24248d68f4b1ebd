#include "connectors/postgres/pool/settings.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace joinery::connectors::postgres {
namespace {

using namespace std::chrono_literals;  // NOLINT
using Parameters = std::vector<std::pair<std::string, std::string>>;

StatusOr<Settings> Read(const std::string& connection_info) {
  return ReadSettings(
      "db", *json::Parse("{\"configuration\": {\"connection_info\": " + connection_info + "}}"));
}

TEST(SettingsTest, ReadsUrls) {
  setenv("JOINERY_TEST_URL", "postgres://u:p@h:1/d?sslmode=require", 1);
  struct Case {
    const char* url;
    Parameters parameters;
  };
  const Case cases[] = {
      {R"("postgresql://u@h/d")", {{"dbname", "postgresql://u@h/d"}}},
      {R"({"from_env": "JOINERY_TEST_URL"})", {{"dbname", "postgres://u:p@h:1/d?sslmode=require"}}},
      {R"({"username": "u", "password": "p w", "database": "d", "host": "h", "port": 5433})",
       {{"host", "h"}, {"port", "5433"}, {"user", "u"}, {"password", "p w"}, {"dbname", "d"}}},
      {R"({"connection_parameters": {"host": "h", "username": "u", "database": "d"}})",
       {{"host", "h"}, {"user", "u"}, {"dbname", "d"}}},
  };
  for (const Case& c : cases) {
    const auto settings = Read(std::string("{\"database_url\": ") + c.url + "}");
    ASSERT_TRUE(settings.ok()) << c.url << settings.status();
    EXPECT_EQ(settings->parameters, c.parameters) << c.url;
  }
}

TEST(SettingsTest, ReadsTheRest) {
  const auto settings = Read(R"({"database_url": "postgres://h/d",
      "isolation_level": "repeatable-read",
      "pool_settings": {"max_connections": 7, "idle_timeout": 1, "retries": 0, "pool_timeout": 3,
                        "connection_lifetime": 0, "total_max_connections": null},
      "ssl_configuration": {"sslmode": "verify-ca", "sslrootcert": {"from_env": "JOINERY_TEST_CA"},
                            "sslcert": {}}})");
  EXPECT_EQ(MessageOf(settings.status()),
            "source \"db\": environment variable 'JOINERY_TEST_CA' not set");
  setenv("JOINERY_TEST_CA", "/ca.pem", 1);
  const auto again = Read(R"({"database_url": "postgres://h/d",
      "isolation_level": "repeatable-read",
      "pool_settings": {"max_connections": 7, "idle_timeout": 1, "retries": 0, "pool_timeout": 3,
                        "connection_lifetime": 0, "total_max_connections": null},
      "ssl_configuration": {"sslmode": "verify-ca", "sslrootcert": {"from_env": "JOINERY_TEST_CA"},
                            "sslcert": {}}})");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->isolation_level, "repeatable read");
  EXPECT_EQ(again->max_connections, 7);
  EXPECT_EQ(again->idle_timeout, 1s);
  EXPECT_EQ(again->retries, 0);
  EXPECT_EQ(again->pool_timeout, 3s);
  EXPECT_EQ(again->connection_lifetime, 0s);
  EXPECT_EQ(again->parameters, (Parameters{{"dbname", "postgres://h/d"},
                                           {"sslmode", "verify-ca"},
                                           {"sslrootcert", "/ca.pem"}}));
  const auto plain = Read(R"({"database_url": "postgres://h/d"})");
  EXPECT_EQ(plain->max_connections, 50);
  EXPECT_EQ(plain->idle_timeout, 180s);
  EXPECT_EQ(plain->connection_lifetime, 600s);
}

TEST(SettingsTest, SaysWhatIsWrongWithoutSecrets) {
  struct Case {
    const char* info;
    const char* message;
  };
  const Case cases[] = {
      {R"({})", "connection_info has no database_url"},
      {R"({"database_url": {"from_env": "JOINERY_ABSENT"}})",
       "environment variable 'JOINERY_ABSENT' not set"},
      {R"({"database_url": "postgres//u:secret@h"})",
       "database_url is not a valid connection string"},
      {R"({"database_url": {"database": "postgres://x"}})",
       "database_url.database is not a database name"},
      {R"({"database_url": "postgres://h/d", "isolation_level": "chaos"})",
       "isolation_level must be read-committed, repeatable-read or serializable"},
      {R"({"database_url": "postgres://h/d", "pool_settings": {"max_connections": 0}})",
       "pool_settings.max_connections must be a number not below 1"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(MessageOf(Read(c.info).status()), std::string("source \"db\": ") + c.message);
  }
  EXPECT_EQ(MessageOf(ReadSettings("db", *json::Parse("{}")).status()),
            "source \"db\": has no configuration.connection_info");
}

}  // namespace
}  // namespace joinery::connectors::postgres
