#include <framespool/http/request_reader.h>

#include <gtest/gtest.h>

namespace framespool::http {
namespace {

using Result = RequestReader::Result;

class RequestReaderTest : public testing::Test {
 protected:
  /// The code of the refusal, or 0 when it is not refused.
  int CodeOf(std::string_view text) {
    RequestReader reader(limits_);
    reader.Append(text);
    return reader.Next() == Result::kRefused ? reader.refusal().status : 0;
  }

  RequestLimits limits_;
};

TEST_F(RequestReaderTest, ReadsARequestWhateverTheSplit) {
  const std::string text =
      "\r\nPUT /a%20b?x=1&y HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.0\r\n\r\n";
  for (std::size_t split = 0; split <= text.size(); ++split) {
    RequestReader reader(limits_);
    std::vector<Request> requests;
    for (const std::string& part : {text.substr(0, split), text.substr(split)}) {
      reader.Append(part);
      while (reader.Next() == Result::kRequest) requests.push_back(reader.TakeRequest());
    }
    ASSERT_EQ(requests.size(), 2u) << split;
    EXPECT_EQ(requests[0].method, "PUT");
    EXPECT_EQ(requests[0].path, "/a%20b");
    EXPECT_EQ(requests[0].query, "x=1&y");
    EXPECT_EQ(requests[0].Header("x-empty"), "");
    EXPECT_EQ(requests[0].body, "abc");
    EXPECT_TRUE(requests[0].keep_alive);
    EXPECT_TRUE(requests[1].http_1_0);
    EXPECT_FALSE(requests[1].keep_alive);
    EXPECT_FALSE(reader.started());
  }
}

TEST_F(RequestReaderTest, RefusesMalformedHeads) {
  for (const std::string_view bad :
       {"GET /\r\n\r\n", "GET  / HTTP/1.1\r\n\r\n", "GET / x HTTP/1.1\r\n\r\n", "GET /\n", "GET / HTTP/1.1\n\n", "G\rT",
        "GET connectors HTTP/1.1\r\n\r\n", "G@T / HTTP/1.1\r\n\r\n", " GET / HTTP/1.1\r\n\r\n", "GET / FTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nNoColon\r\n\r\n", "GET / HTTP/1.1\r\n: v\r\n\r\n", "GET / HTTP/1.1\r\nA : v\r\n\r\n",
        "GET / HTTP/1.1\r\nA: v\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "\x16\x03\x01",
        "GET /\x7f"}) {
    EXPECT_EQ(CodeOf(bad), 400) << bad;
  }
  EXPECT_EQ(CodeOf({"GET /\0 HTTP/1.1", 15}), 400);
  EXPECT_EQ(CodeOf("GET / HTTP/2.0\r\n\r\n"), 505);
}

TEST_F(RequestReaderTest, RefusesLengthsThatCanBeReadInTwoWays) {
  for (const std::string bad : {"Content-Length: x", "Content-Length:", "Content-Length: -1", "Content-Length: +1",
                                "Content-Length: 1 2", "Content-Length: 0x1", "Content-Length: 3\r\nContent-Length: 3",
                                "Content-Length: 3, 3", "Content-Length: 3\r\nTransfer-Encoding: chunked"}) {
    EXPECT_EQ(CodeOf("POST / HTTP/1.1\r\nHost: h\r\n" + bad + "\r\n\r\n"), 400) << bad;
  }
  EXPECT_EQ(CodeOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(CodeOf("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(CodeOf("POST / HTTP/1.1\r\nExpect: magic\r\n\r\n"), 417);
}

TEST_F(RequestReaderTest, RefusesMoreThanItsLimits) {
  EXPECT_EQ(CodeOf("POST / HTTP/1.1\r\nContent-Length: 10485761\r\n\r\n"), 413);
  EXPECT_EQ(CodeOf("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n"), 413);
  EXPECT_EQ(CodeOf("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\na00001\r\n"), 413);
  EXPECT_EQ(CodeOf("GET /" + std::string(20'000, 'a')), 431);
  EXPECT_EQ(CodeOf("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(CodeOf("GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(15'000, 'a') + "\r\n\r\n"), 0);
}

TEST_F(RequestReaderTest, BoundsWhatItKeepsWhileARequestIsServed) {
  limits_.body_bytes = 1000;
  RequestReader reader(limits_);
  EXPECT_TRUE(reader.Append(std::string(1000, 'a')));
  EXPECT_FALSE(reader.Append(std::string(limits_.head_bytes + 1, 'a')));
}

TEST_F(RequestReaderTest, TellsOnceThatAClientWaitsToContinue) {
  RequestReader reader(limits_);
  reader.Append("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_EQ(reader.Next(), Result::kMore);
  EXPECT_TRUE(reader.TakeExpectation());
  EXPECT_FALSE(reader.TakeExpectation());
  reader.Append("a");
  EXPECT_EQ(reader.Next(), Result::kRequest);
}

TEST_F(RequestReaderTest, KeepsAConnectionAsItsClientWishes) {
  const auto keep = [&](std::string_view version, std::string_view header) {
    RequestReader reader(limits_);
    reader.Append("GET / HTTP/" + std::string(version) + "\r\nHost: h\r\n" + std::string(header) + "\r\n");
    EXPECT_EQ(reader.Next(), Result::kRequest);
    return reader.TakeRequest().keep_alive;
  };
  EXPECT_TRUE(keep("1.1", ""));
  EXPECT_FALSE(keep("1.1", "Connection: Upgrade, Close\r\n"));
  EXPECT_FALSE(keep("1.0", ""));
  EXPECT_TRUE(keep("1.0", "Connection: Keep-Alive\r\n"));
}

}  // namespace
}  // namespace framespool::http
