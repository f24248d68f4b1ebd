#include "services/kit/rpc/framing.h"

#include <gtest/gtest.h>

#include <vector>

#include "services/kit/rpc/target.h"

namespace joinery::kit::rpc {
namespace {

using std::chrono::milliseconds;

TEST(FramingTest, MessagesComeBackWholeHoweverTheBytesAreCut) {
  std::string wire;
  AppendMessage(wire, "");
  AppendMessage(wire, "one");
  AppendMessage(wire, std::string(300, 'x'));
  for (size_t cut = 1; cut <= wire.size(); ++cut) {
    MessageReader reader(1000);
    std::vector<std::string> messages;
    for (size_t at = 0; at < wire.size(); at += cut) {
      std::string_view bytes = std::string_view(wire).substr(at, cut);
      while (!bytes.empty()) {
        std::optional<std::string> message;
        ASSERT_TRUE(reader.Read(bytes, message).ok());
        if (message) messages.push_back(*message);
      }
    }
    ASSERT_EQ(messages, (std::vector<std::string>{"", "one", std::string(300, 'x')})) << cut;
    EXPECT_TRUE(reader.at_boundary());
  }
}

TEST(FramingTest, RefusesWhatIsTooLargeOrCompressed) {
  std::string wire;
  AppendMessage(wire, "four");
  std::optional<std::string> message;
  std::string_view bytes = wire;
  EXPECT_EQ(MessageReader(3).Read(bytes, message).code(), StatusCode::kResourceExhausted);
  wire[0] = 1;
  bytes = wire;
  EXPECT_EQ(MessageReader(10).Read(bytes, message).code(), StatusCode::kUnimplemented);
}

TEST(FramingTest, KnowsAMessageThatWasCutOff) {
  MessageReader reader(10);
  std::optional<std::string> message;
  std::string_view bytes("\0\0", 2);
  ASSERT_TRUE(reader.Read(bytes, message).ok());
  EXPECT_FALSE(reader.at_boundary());
}

TEST(FramingTest, TimeoutsAreRoundedUpAndReadBack) {
  EXPECT_EQ(EncodeTimeout(milliseconds(0)), "1m");
  EXPECT_EQ(EncodeTimeout(milliseconds(9'999)), "9999m");
  EXPECT_EQ(EncodeTimeout(milliseconds(59'001)), "60S");
  EXPECT_EQ(EncodeTimeout(std::chrono::hours(999'600)), "999600H");
  EXPECT_EQ(DecodeTimeout("60S"), milliseconds(60'000));
  EXPECT_EQ(DecodeTimeout("2H"), milliseconds(7'200'000));
  EXPECT_EQ(DecodeTimeout("3M"), milliseconds(180'000));
  EXPECT_EQ(DecodeTimeout("1500u"), milliseconds(1));
  EXPECT_EQ(DecodeTimeout("5000000n"), milliseconds(5));
  for (const char* wrong : {"", "S", "12", "1x", "-1S", "1234567890S"}) {
    EXPECT_EQ(DecodeTimeout(wrong), std::nullopt) << wrong;
  }
}

TEST(FramingTest, StatusMessagesSurviveTheHeader) {
  const std::string message = "100% of \"größe\"\n";
  EXPECT_EQ(EncodeStatusMessage("a%\n"), "a%25%0A");
  EXPECT_EQ(DecodeStatusMessage(EncodeStatusMessage(message)), message);
  EXPECT_EQ(DecodeStatusMessage("50%"), "50%");
}

struct TargetCase {
  std::string target;
  std::vector<HostPort> hosts;  // None: refused.
};

TEST(TargetTest, ReadsTheFormsOfGrpc) {
  const TargetCase cases[] = {
      {"postgres:9000", {{"postgres", "9000"}}},
      {"dns:///postgres:9000", {{"postgres", "9000"}}},
      {"dns:postgres:9000", {{"postgres", "9000"}}},
      {"postgres", {{"postgres", "443"}}},
      {"[::1]:9000", {{"::1", "9000"}}},
      {"ipv4:127.0.0.1:1,127.0.0.1:2", {{"127.0.0.1", "1"}, {"127.0.0.1", "2"}}},
      {"ipv6:[::1]:1", {{"::1", "1"}}},
      {"dns://8.8.8.8/postgres:9000", {}},
      {"unix:/tmp/socket", {}},
      {"xds:///postgres", {}},
      {"", {}},
      {":9000", {}},
      {"postgres:", {}},
      {"[::1", {}},
  };
  for (const TargetCase& one : cases) {
    const auto hosts = ParseTarget(one.target);
    EXPECT_EQ(hosts.ok(), !one.hosts.empty()) << one.target;
    EXPECT_EQ(hosts.ok() ? *hosts : std::vector<HostPort>(), one.hosts) << one.target;
  }
}

}  // namespace
}  // namespace joinery::kit::rpc
