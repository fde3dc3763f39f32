#include <framespool/http/request_reader.h>
#include <gtest/gtest.h>

namespace framespool::http {
namespace {

using Result = RequestReader::Result;

constexpr std::string_view kHead = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kGood = "4\r\nabcd\r\n00a ; x=\"y\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";

/// What becomes of a request with this body, of at most `most` bytes: 200 and the request, 100 when more is wanted, or
/// the refusal's status.
struct Outcome {
  int status = 0;
  Request request = {};
  bool rest = false;  // something is left
};

class ChunkedBody : public testing::Test {
 protected:
  Outcome Feed(std::initializer_list<std::string_view> pieces, std::size_t most = 100) {
    limits_.body_bytes = most;
    RequestReader reader(limits_);
    reader.Append(kHead);
    EXPECT_EQ(reader.Next(), Result::kMore);
    for (const std::string_view piece : pieces) {
      reader.Append(piece);
      switch (reader.Next()) {
        case Result::kMore: break;
        case Result::kRefused: return {.status = reader.refusal().status};
        case Result::kRequest: {
          Request request = reader.TakeRequest();
          return {.status = 200, .request = std::move(request), .rest = reader.started()};
        }
      }
    }
    return {.status = 100};
  }
  int StatusOf(std::string_view body, std::size_t most = 100) { return Feed({body}, most).status; }

  RequestLimits limits_;
};

TEST_F(ChunkedBody, IsDecodedWhateverTheSplit) {
  for (std::size_t first = 1; first <= kGood.size(); ++first) {
    for (std::size_t second = first; second <= kGood.size(); ++second) {
      const auto outcome = Feed({kGood.substr(0, first), kGood.substr(first, second - first), kGood.substr(second)});
      ASSERT_EQ(outcome.status, 200) << first << " " << second;
      ASSERT_EQ(outcome.request.body, "abcd0123456789") << first << " " << second;
    }
  }
}

TEST_F(ChunkedBody, IsDecodedByteByByte) {
  RequestReader reader(limits_);
  reader.Append(kHead);
  for (const char c : kGood.substr(0, kGood.size() - 1)) {
    reader.Append({&c, 1});
    ASSERT_EQ(reader.Next(), Result::kMore);
  }
  reader.Append("\n");
  ASSERT_EQ(reader.Next(), Result::kRequest);
  EXPECT_EQ(reader.TakeRequest().body, "abcd0123456789");
}

TEST_F(ChunkedBody, LeavesWhatFollows) {
  const auto outcome = Feed({"1\r\na\r\n0\r\n\r\nGET /"});
  EXPECT_EQ(outcome.status, 200);
  EXPECT_TRUE(outcome.rest);
  EXPECT_FALSE(Feed({"1\r\na\r\n0\r\n\r\n"}).rest);
}

TEST_F(ChunkedBody, MakesNoHeadersOfItsTrailers) {
  const auto outcome = Feed({"1\r\na\r\n0\r\nOrigin: http://evil.example\r\nHost: other\r\n\r\n"});
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.request.Header("origin"), std::nullopt);
  EXPECT_EQ(outcome.request.Header("host"), "h");
}

TEST_F(ChunkedBody, IsRefusedWhereItIsNoChunk) {
  for (const std::string_view bad : {"\r\n",
                                     "x",
                                     "-1\r\n",
                                     "1\n",
                                     "1\r\nab",
                                     "1\r\na\n",
                                     "1\r\na\rx",
                                     "1;\n",
                                     "0\r\n\n",
                                     "0\r\n\rx",
                                     "0\r\na\n",
                                     "fffffffffffffffff\r\n",
                                     " 1\r\n",
                                     "0x1\r\n",
                                     "1\r\na\r\r",
                                     "1;x=\"\n\"\r\na\r\n0\r\n\r\n",
                                     "1;x\r\r\n",
                                     "1;=\r\na\r\n0\r\n\r\n",
                                     "1 x\r\na\r\n0\r\n\r\n",
                                     "0\r\nno colon\r\n\r\n"}) {
    EXPECT_EQ(StatusOf(bad), 400) << bad;
    std::vector<std::string_view> bytes;
    RequestReader reader(limits_);
    reader.Append(kHead);
    bool refused = false;
    for (std::size_t i = 0; i < bad.size() && !refused; ++i) {
      reader.Append(bad.substr(i, 1));
      refused = reader.Next() == Result::kRefused;
    }
    EXPECT_TRUE(refused) << "byte by byte: " << bad;
  }
}

TEST_F(ChunkedBody, IsRefusedWhereItIsLargerThanItMayBe) {
  EXPECT_EQ(StatusOf("4\r\n", 3), 413);
  EXPECT_EQ(StatusOf("2\r\nab\r\n2\r\n", 3), 413);
  EXPECT_EQ(StatusOf("fffffffffffffff\r\n", 3), 413);
  EXPECT_EQ(StatusOf("3\r\nabc\r\n0\r\n\r\n", 3), 200);
}

TEST_F(ChunkedBody, IsRefusedWithEndlessTrailersAndExtensions) {
  const std::string t(20'000, 't');
  EXPECT_EQ(StatusOf("0\r\n" + t), 400);
  EXPECT_EQ(StatusOf("1;" + t), 400);
  EXPECT_EQ(StatusOf("0\r\na: " + t + "\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf("1;" + t + "\r\na\r\n0\r\n\r\n"), 400);
}

}  // namespace
}  // namespace framespool::http
