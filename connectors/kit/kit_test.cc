#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "base/http_headers.h"
#include "connectors/kit/check_request.h"
#include "connectors/kit/environment.h"
#include "connectors/kit/shown_body.h"

namespace joinery::connectors {
namespace {

class EnvironmentTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("KIT_TEST_HOST", "example.org", 1);
    unsetenv("KIT_TEST_ABSENT");
    unsetenv("KIT_TEST_GONE");
  }
};

TEST_F(EnvironmentTest, FillsTemplates) {
  EXPECT_EQ(*ExpandTemplate("https://{{KIT_TEST_HOST}}/{{ KIT_TEST_HOST }}?x={{"),
            "https://example.org/example.org?x={{");
  EXPECT_EQ(*ExpandTemplate("plain"), "plain");
}

TEST_F(EnvironmentTest, NamesEveryMissingVariable) {
  const auto text = ExpandTemplate("{{KIT_TEST_ABSENT}}{{KIT_TEST_HOST}}{{KIT_TEST_GONE}}");
  EXPECT_EQ(MessageOf(text.status()),
            "Value for environment variables not found: KIT_TEST_ABSENT, KIT_TEST_GONE");
  EXPECT_EQ(MessageOf(EnvironmentValue("KIT_TEST_GONE").status()),
            "environment variable 'KIT_TEST_GONE' not set");
}

TEST_F(EnvironmentTest, ReadsConfiguredHeaders) {
  const auto definition = json::Parse(
      R"({"headers":[{"name":"A","value":"v"},{"name":"B","value_from_env":"KIT_TEST_HOST"}]})");
  EXPECT_EQ(*ConfiguredHeaders(*definition), (plan::Headers{{"A", "v"}, {"B", "example.org"}}));
  EXPECT_EQ(*ConfiguredHeaders(*json::Parse(R"({"headers":null})")), plan::Headers());
  EXPECT_FALSE(ConfiguredHeaders(
                   *json::Parse(R"({"headers":[{"name":"B","value_from_env":"KIT_TEST_GONE"}]})"))
                   .ok());
}

TEST(HeadersTest, TheFirstOfANameWins) {
  plan::Headers headers = {{"X-Role", "configured"}};
  AddHeader(headers, "x-role", "session");
  AddHeader(headers, "x-other", "session");
  EXPECT_EQ(headers, (plan::Headers{{"X-Role", "configured"}, {"x-other", "session"}}));
}

const plan::Headers kClient = {{"host", "edge"},
                               {"user-agent", "curl"},
                               {"accept-language", "en"},
                               {"content-length", "3"},
                               {"x-hasura-role", "admin"},
                               {"x-hasura-admin-secret", "s"},
                               {"cookie", "c"},
                               {"dnt", "1"},
                               {":path", "/"}};

TEST(HeadersTest, ForwardsAllButTheDenied) {
  plan::Headers headers;
  AddForwardedHeaders(headers, kClient);
  EXPECT_EQ(headers, (plan::Headers{{"X-Forwarded-Host", "edge"},
                                    {"X-Forwarded-User-Agent", "curl"},
                                    {"cookie", "c"}}));
}

TEST(HeadersTest, IgnoredOnesReplaceTheUsual) {
  plan::Headers headers;
  const std::vector<std::string> ignored = {"Cookie", "User-Agent"};
  AddForwardedHeaders(headers, kClient, ignored);
  EXPECT_EQ(headers, (plan::Headers{{"X-Forwarded-Host", "edge"},
                                    {"X-Forwarded-User-Agent", "curl"},
                                    {"accept-language", "en"},
                                    {"dnt", "1"}}));
}

TEST(ShownBodyTest, CutsBetweenCharactersAndReplacesWhatIsNoText) {
  EXPECT_EQ(ShownBody("plain"), "plain");
  EXPECT_EQ(ShownBody("a\xff"), "a?");
  const std::string shown = ShownBody(std::string(1999, 'a') + "\xc3\xa9");
  EXPECT_EQ(shown, std::string(1999, 'a'));
}

TEST(CheckRequestTest, RefusesWhatDoesNotFitTheFragment) {
  auto fragment = std::make_shared<plan::Fragment>();
  fragment->parameters = 1;
  fragment->batches = {{.columns = 2}};
  plan::ExecuteRequest request;
  EXPECT_FALSE(CheckRequest(request).ok());
  request.fragment = fragment;
  EXPECT_FALSE(CheckRequest(request).ok());
  request.parameters.resize(1);
  EXPECT_FALSE(CheckRequest(request).ok());
  request.batches.resize(1);
  EXPECT_TRUE(CheckRequest(request).ok());
  request.batches[0].columns = {{"1"}};
  EXPECT_FALSE(CheckRequest(request).ok());
  request.batches[0].columns = {{"1"}, {"1", "2"}};
  EXPECT_FALSE(CheckRequest(request).ok());
  request.batches[0].columns = {{"1"}, {"2"}};
  EXPECT_TRUE(CheckRequest(request).ok());
}

}  // namespace
}  // namespace joinery::connectors
