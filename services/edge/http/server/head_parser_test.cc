#include "services/edge/http/server/head_parser.h"

#include <gtest/gtest.h>

#include <string>

#include "services/edge/http/server/chunked_decoder.h"
#include "services/edge/http/server/gzip.h"

namespace joinery::edge::http {
namespace {

struct HeadCase {
  const char* name;
  std::string head;
  int status = 0;
};

class HeadParserTest : public testing::TestWithParam<HeadCase> {};

TEST_P(HeadParserTest, AcceptsOrRefuses) {
  std::string head = GetParam().head;
  HeadScanner scanner;
  ASSERT_EQ(scanner.FindEnd(head), head.size());
  Request request;
  Framing framing;
  const HeadLimits limits{.max_target_bytes = 64, .max_header_count = 5};
  EXPECT_EQ(ParseHead(head.data(), head.size(), limits, request, framing), GetParam().status);
}

std::string Post(const std::string& fields) {
  return "POST /v1/graphql HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

INSTANTIATE_TEST_SUITE_P(
    Heads, HeadParserTest,
    testing::Values(
        HeadCase{"plain", Post("")}, HeadCase{"length", Post("Content-Length: 5\r\n")},
        HeadCase{"chunked", Post("Transfer-Encoding: Chunked\r\n")},
        HeadCase{"tab_in_value", Post("X: a\tb\r\n")},
        HeadCase{"bytes_above_ascii_in_value", Post("X: \xc3\xa4\r\n")},
        HeadCase{"empty_value", Post("X:\r\n")},
        HeadCase{"absolute_form", "GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n"},
        HeadCase{"star", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
        HeadCase{"http10_without_host", "GET / HTTP/1.0\r\n\r\n"},
        HeadCase{"five_fields", Post("A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n")},
        HeadCase{"six_fields", Post("A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\nE: 1\r\n"), 431},
        HeadCase{"length_and_encoding", Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
                 400},
        HeadCase{"encoding_and_length", Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
                 400},
        HeadCase{"two_lengths", Post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
        HeadCase{"length_list", Post("Content-Length: 5, 5\r\n"), 400},
        HeadCase{"length_plus", Post("Content-Length: +5\r\n"), 400},
        HeadCase{"length_minus", Post("Content-Length: -5\r\n"), 400},
        HeadCase{"length_hex", Post("Content-Length: 0x5\r\n"), 400},
        HeadCase{"length_empty", Post("Content-Length:\r\n"), 400},
        HeadCase{"length_too_long", Post("Content-Length: 99999999999999999999\r\n"), 400},
        HeadCase{"encoding_other", Post("Transfer-Encoding: gzip, chunked\r\n"), 400},
        HeadCase{"encoding_xchunked", Post("Transfer-Encoding: xchunked\r\n"), 400},
        HeadCase{"encoding_twice",
                 Post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
        HeadCase{"encoding_vertical_tab",
                 Post("Transfer-Encoding: \x0b"
                      "chunked\r\n"),
                 400},
        HeadCase{"encoding_in_http10", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                 400},
        HeadCase{"space_before_colon", Post("Content-Length : 5\r\n"), 400},
        HeadCase{"folded", Post("X: a\r\n b\r\n"), 400},
        HeadCase{"folded_first", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
        HeadCase{"no_colon", Post("Content-Length\r\n"), 400},
        HeadCase{"empty_name", Post(": 5\r\n"), 400},
        HeadCase{"bare_lf", "GET / HTTP/1.1\nHost: a\n\n", 400},
        HeadCase{"bare_lf_in_fields", Post("X: a\nY: b\r\n"), 400},
        HeadCase{"bare_cr_in_value", Post("X: a\rY: b\r\n"), 400},
        HeadCase{"nul_in_value", Post(std::string("X: a\0b\r\n", 8)), 400},
        HeadCase{"del_in_value", Post("X: a\x7f\r\n"), 400},
        HeadCase{"nul_in_name", Post(std::string("X\0: a\r\n", 7)), 400},
        HeadCase{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        HeadCase{"two_hosts", Post("Host: b\r\n"), 400},
        HeadCase{"host_list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
        HeadCase{"http09", "GET /\r\n\r\n", 400},
        HeadCase{"http12", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505},
        HeadCase{"http20", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
        HeadCase{"lower_case_http", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"two_spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"space_in_target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"tab_after_method", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"no_slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"authority_form", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"leading_space", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        HeadCase{"long_target", "GET /" + std::string(64, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n",
                 414}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HeadParser, SaysWhatTheHeadSays) {
  std::string head =
      "POST /v1/graphql?a=b HTTP/1.1\r\nHOST: a:80\r\nX-Hasura-Role:  user \r\n"
      "Content-Length: 17\r\nExpect: 100-continue\r\nConnection: keep-alive, Upgrade\r\n\r\n";
  Request request;
  Framing framing;
  ASSERT_EQ(ParseHead(head.data(), head.size(), {}, request, framing), 0);
  EXPECT_EQ(request.method, Method::kPost);
  EXPECT_EQ(request.path, "/v1/graphql");
  EXPECT_EQ(request.query, "a=b");
  EXPECT_EQ(request.headers.Get("X-HASURA-ROLE"), "user");
  EXPECT_EQ(request.headers.begin()->name, "host");
  EXPECT_EQ(request.headers.Find("x-none"), std::nullopt);
  EXPECT_EQ(framing.content_length, 17u);
  EXPECT_TRUE(framing.expect_continue);
  EXPECT_TRUE(framing.keep_alive);
  EXPECT_TRUE(framing.upgrade);
}

TEST(HeadScanner, FindsTheSameEndByteByByte) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string all = head + "rest";
  HeadScanner scanner;
  for (size_t i = 1; i < head.size(); ++i) {
    ASSERT_EQ(scanner.FindEnd(std::string_view(all).substr(0, i)), std::nullopt) << i;
  }
  EXPECT_EQ(scanner.FindEnd(std::string_view(all).substr(0, head.size())), head.size());
}

struct ChunkedCase {
  const char* name;
  std::string input;
  ChunkedDecoder::State state;
  std::string body;
  std::string rest;
};

class ChunkedDecoderTest : public testing::TestWithParam<ChunkedCase> {};

TEST_P(ChunkedDecoderTest, DecodesWholeAndByteByByte) {
  const ChunkedCase& c = GetParam();
  ChunkedDecoder whole;
  std::string body;
  std::string_view input = c.input;
  EXPECT_EQ(whole.Decode(input, 10, body), c.state);
  if (c.state == ChunkedDecoder::State::kDone) {
    EXPECT_EQ(body, c.body);
    EXPECT_EQ(input, c.rest);
  }
  ChunkedDecoder slow;
  body.clear();
  auto state = ChunkedDecoder::State::kMore;
  for (size_t i = 0; i < c.input.size() && state == ChunkedDecoder::State::kMore; ++i) {
    std::string_view one = std::string_view(c.input).substr(i, 1);
    state = slow.Decode(one, 10, body);
  }
  EXPECT_EQ(state, c.state);
}

using State = ChunkedDecoder::State;
INSTANTIATE_TEST_SUITE_P(
    Bodies, ChunkedDecoderTest,
    testing::Values(
        ChunkedCase{"empty", "0\r\n\r\n", State::kDone, "", ""},
        ChunkedCase{"two_chunks", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET", State::kDone, "abcde",
                    "GET"},
        ChunkedCase{"extension", "3;a=b\r\nabc\r\n0\r\n\r\n", State::kDone, "abc", ""},
        ChunkedCase{"trailers", "0\r\nA: b\r\nC: d\r\n\r\nX", State::kDone, "", "X"},
        ChunkedCase{"hex", "A\r\n0123456789\r\n0\r\n\r\n", State::kDone, "0123456789", ""},
        ChunkedCase{"unfinished", "5\r\nab", State::kMore, "", ""},
        ChunkedCase{"too_large", "B\r\n0123456789a\r\n0\r\n\r\n", State::kTooLarge, "", ""},
        ChunkedCase{"too_large_in_sum", "6\r\n012345\r\n5\r\n01234\r\n", State::kTooLarge, "", ""},
        ChunkedCase{"no_size", "\r\n", State::kMalformed, "", ""},
        ChunkedCase{"sign", "+3\r\nabc\r\n", State::kMalformed, "", ""},
        ChunkedCase{"prefix", "0x3\r\nabc\r\n", State::kMalformed, "", ""},
        ChunkedCase{"space", "3 \r\nabc\r\n", State::kMalformed, "", ""},
        ChunkedCase{"bare_lf", "3\nabc\r\n", State::kMalformed, "", ""},
        ChunkedCase{"lf_in_extension", "3;a\nabc\r\n", State::kMalformed, "", ""},
        ChunkedCase{"longer_than_said", "3\r\nabcd\r\n", State::kMalformed, "", ""},
        ChunkedCase{"overflow", "FFFFFFFFFFFFFFFFF\r\n", State::kMalformed, "", ""},
        ChunkedCase{"huge", "FFFFFFFFFFFFFFF\r\n", State::kTooLarge, "", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(AcceptsGzip, FollowsWeights) {
  EXPECT_TRUE(AcceptsGzip("gzip"));
  EXPECT_TRUE(AcceptsGzip("br, GZip;q=0.5"));
  EXPECT_TRUE(AcceptsGzip("*"));
  EXPECT_FALSE(AcceptsGzip(""));
  EXPECT_FALSE(AcceptsGzip("br"));
  EXPECT_FALSE(AcceptsGzip("gzip;q=0, *"));
  EXPECT_FALSE(AcceptsGzip("*;q=0.0"));
}

}  // namespace
}  // namespace joinery::edge::http
