// How a body of /video ends: who reads it can tell one that is whole from one that was cut off.

#include "video_client.h"
#include "video_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::ElementsAre;

constexpr const char* kAll = "/video?from=earliest&until=latest";

/// The types of the boxes that `bytes` are; "cut" where they end within one.
std::vector<std::string> BoxesIn(std::string_view bytes) {
  std::vector<std::string> types;
  while (!bytes.empty()) {
    std::size_t size = 0;
    for (const char each : bytes.substr(0, 4)) size = size << 8 | static_cast<unsigned char>(each);
    const bool whole = bytes.size() >= 8 && size >= 8 && size <= bytes.size();
    types.push_back(whole ? std::string(bytes.substr(4, 4)) : "cut");
    bytes.remove_prefix(whole ? size : bytes.size());
  }
  return types;
}

class VideoEnd : public VideoFixture {};

TEST_F(VideoEnd, IsTheLastChunkBehindOneForEachFragment) {
  AppendUnits(Encode(kPlainH264, 30));
  Start();
  const Response response = Get(port, kAll);
  EXPECT_EQ(response.headers.at("Transfer-Encoding"), "chunked");
  EXPECT_EQ(response.headers.at("Connection"), "close");
  EXPECT_FALSE(response.headers.contains("Content-Length"));
  EXPECT_TRUE(response.chunks.whole());
  ASSERT_EQ(response.chunks.sizes().size(), 30U);
  std::size_t at = 0;
  for (const std::size_t size : response.chunks.sizes()) {
    const auto boxes = BoxesIn(std::string_view(response.body).substr(at, size));
    if (at == 0) {
      EXPECT_THAT(boxes, ElementsAre("ftyp", "moov", "uuid", "moof", "mdat"));
    } else {
      EXPECT_THAT(boxes, ElementsAre("uuid", "moof", "mdat"));
    }
    at += size;
  }
}

TEST_F(VideoEnd, IsThatOfTheConnectionForHttp10) {
  AppendUnits(Encode(kPlainH264, 30));
  Start();
  const Response chunked = Get(port, kAll);
  const Response plain = Exchange(port, std::string("GET ") + kAll + " HTTP/1.0\r\n\r\n");
  EXPECT_EQ(plain.status, 200);
  EXPECT_FALSE(plain.headers.contains("Transfer-Encoding"));
  EXPECT_TRUE(plain.body == chunked.body);
}

TEST_F(VideoEnd, IsNotSaidWhereTheSinkIsStopped) {
  AppendUnits(Encode(kPlainH264, 30));
  Start({{"pace", "recorded"}});
  VideoClient live(port), finite(port, "?from=earliest&until=latest&speed=0.25");
  ASSERT_TRUE(live.Read(1));
  ASSERT_TRUE(finite.Read(1));
  sink.reset();
  for (VideoClient* client : {&live, &finite}) {
    EXPECT_TRUE(client->ReadToEnd());
    EXPECT_FALSE(client->chunks().whole());
    EXPECT_FALSE(client->chunks().broken());
  }
}

TEST_F(VideoEnd, IsNotSaidToWhomIsDroppedForTakingNothing) {
  auto units = Encode(kPlainH264, 30);
  Swell(units);
  AppendUnits(units);
  Start({{"stall.timeout.ms", "300"}});
  VideoClient client(port, "?from=earliest&until=latest", 4096);
  ASSERT_TRUE(client.Read(1));
  ASSERT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_LT(client.chunks().sizes().size(), 30U);
  EXPECT_FALSE(client.chunks().whole());
  EXPECT_FALSE(client.chunks().broken());
}

TEST_F(VideoEnd, OfAViewersOwnSideBringsHimAChunkThatPlayersPassOver) {
  AppendUnits(Encode(kPlainH264, 24));
  Start();
  StreamClient client(port, "/video");
  const auto deadline = Clock::now() + kPatience;
  while (client.chunks().sizes().size() < 24) ASSERT_TRUE(client.More(deadline));
  const std::size_t before = client.pending().size();
  client.connection.HalfClose();
  while (client.chunks().sizes().size() < 25) ASSERT_TRUE(client.More(deadline));
  EXPECT_THAT(BoxesIn(std::string_view(client.pending()).substr(before)), ElementsAre("free"));
}

}  // namespace
}  // namespace framespool::mjpeg
