// Everything that is not the stream: single frames, the status, and requests that go wrong.
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

class Pages : public SinkFixture {};

TEST_F(Pages, SnapshotIsTheNewestFrame) {
  Append(0, 9);
  Start();
  const Response response = Get(port, "/snapshot");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, Picture(9));
  EXPECT_EQ(response.headers.at("Content-Type"), "image/jpeg");
  EXPECT_EQ(response.headers.at("X-Framespool-Offset"), "9");
  EXPECT_EQ(response.headers.at("Cache-Control"), "no-store");
  AppendOne(10);
  EXPECT_EQ(Get(port, "/snapshot").body, Picture(10));
}

TEST_F(Pages, SnapshotPassesOverRecordsThatAreNoImages) {
  Append(0, 4);
  for (int i = 0; i < 5; ++i) topic.Append("text");
  Start();
  EXPECT_EQ(Get(port, "/snapshot").body, Picture(4));
}

TEST_F(Pages, SnapshotTakesAnOffsetOrATime) {
  const Timestamp end = Append(0, 99, milliseconds(100));
  Start();
  EXPECT_EQ(Get(port, "/snapshot?offset=42").body, Picture(42));
  const std::string time = TimeText(end - milliseconds(5050));
  EXPECT_EQ(Get(port, "/snapshot?at=" + time).body, Picture(49));
  EXPECT_EQ(Get(port, "/snapshot?at=-1h").body, Picture(0));
  EXPECT_EQ(Get(port, "/snapshot?at=2100-01-01T00:00:00Z").body, Picture(99));
  EXPECT_EQ(Get(port, "/snapshot?offset=100").status, 404);
  EXPECT_EQ(Get(port, "/snapshot?offset=x").status, 400);
  EXPECT_EQ(Get(port, "/snapshot?at=yesterday").status, 400);
}

TEST_F(Pages, SnapshotOfAnEmptyTopicIsA404ThatSaysSo) {
  Start();
  const Response response = Get(port, "/snapshot");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(nlohmann::json::parse(response.body)["error"].get<std::string>(), HasSubstr("no frame yet"));
}

TEST_F(Pages, FramesGiveOneFrameWithItsHeaders) {
  topic.Append(Picture(0), {{"framespool.frame", "17"},
                            {"framespool.pts.us", "566667"},
                            {"camera name", "door\r\nX-Evil: 1"},
                            {"framespool.offset", "fake"}});
  Start();
  const Response response = Get(port, "/frames/0");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, Picture(0));
  EXPECT_EQ(response.headers.at("X-Framespool-Offset"), "0");
  EXPECT_EQ(response.headers.at("X-Framespool-Partition"), "0");
  EXPECT_EQ(response.headers.at("X-Framespool-Frame"), "17");
  EXPECT_EQ(response.headers.at("X-Framespool-Pts-Us"), "566667");
  EXPECT_EQ(response.headers.at("X-Framespool-Camera-Name"), "door%0D%0AX-Evil: 1");
  EXPECT_FALSE(response.headers.contains("X-Evil"));
  EXPECT_EQ(response.headers.at("Content-Length"), std::to_string(Picture(0).size()));
}

TEST_F(Pages, FramesPercentCodeWhatNoHeadMayHoldInNamesValuesAndKeys) {
  const std::string odd =
      "\xFF"
      "50% ü\t";
  topic.Append(TextPayload(Picture(0)), {{"größe", odd}, {"a.b", " in the middle "}, {"", "nameless"}}, Now(), 0, odd);
  Start();
  const Response response = Get(port, "/frames/0");
  EXPECT_EQ(response.headers.at("X-Framespool-Gr%C3%B6%C3%9Fe"), "%FF50%25 %C3%BC%09");
  EXPECT_EQ(response.headers.at("X-Framespool-Key"), "%FF50%25 %C3%BC%09");
  EXPECT_EQ(http::PercentDecode(response.headers.at("X-Framespool-Key")), odd);
  EXPECT_EQ(response.headers.at("X-Framespool-A-B"), "%20in the middle%20");
  for (const auto& [name, value] : response.headers) {
    EXPECT_TRUE(std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7F; })) << name;
  }
}

TEST_F(Pages, APausedSinkSaysThatItIsPausedAndNotThatThereIsNoFrame) {
  Append(0, 3);
  Start();
  context.SetPaused(true);
  for (const char* page : {"/snapshot", "/snapshot?at=-1s", "/frames/2", "/clip", "/clip?format=mp4"}) {
    const Response response = Get(port, page);
    EXPECT_EQ(response.status, 503) << page;
    EXPECT_THAT(response.body, HasSubstr("the connector screen is paused")) << page;
    EXPECT_FALSE(response.headers.contains("Retry-After")) << page << ": it goes on when somebody resumes it";
  }
  EXPECT_EQ(Status()["state"], "paused");
  context.SetPaused(false);
  EXPECT_EQ(Get(port, "/snapshot").status, 200);
  EXPECT_NE(Status()["state"], "paused");
}

TEST_F(Pages, FramesTellATombstoneFromAFrameWithoutBytesAndANullKeyFromAnEmptyOne) {
  topic.Append(Value(), {}, Now(), 0, "door");
  topic.Append(TextPayload(""), {}, Now(), 0, "");
  topic.Append(TextPayload(Picture(2)), {}, Now());
  Start();
  const Response tombstone = Get(port, "/frames/0");
  EXPECT_EQ(tombstone.status, 200);
  EXPECT_EQ(tombstone.body, "");
  EXPECT_EQ(tombstone.headers.at("X-Framespool-Value"), "null");
  EXPECT_EQ(tombstone.headers.at("X-Framespool-Key"), "door");
  const Response empty = Get(port, "/frames/1");
  EXPECT_EQ(empty.body, "");
  EXPECT_FALSE(empty.headers.contains("X-Framespool-Value"));
  EXPECT_EQ(empty.headers.at("X-Framespool-Key"), "");
  const Response frame = Get(port, "/frames/2");
  EXPECT_EQ(frame.body, Picture(2));
  EXPECT_FALSE(frame.headers.contains("X-Framespool-Value"));
  EXPECT_FALSE(frame.headers.contains("X-Framespool-Key"));
}

TEST_F(Pages, FramesSayWhatThereIsWhenThereIsNoSuchFrame) {
  Append(0, 9);
  topic.Truncate(4);
  Start();
  for (const char* offset : {"3", "10", "99999999999"}) {
    const Response response = Get(port, std::string("/frames/") + offset);
    EXPECT_EQ(response.status, 404) << offset;
    EXPECT_THAT(response.body, HasSubstr("the topic holds 4 to 9"));
  }
  for (const char* offset : {"", "x", "-1", "1.5", "99999999999999999999", "1/2"}) {
    EXPECT_EQ(Get(port, std::string("/frames/") + offset).status, 400) << offset;
  }
  EXPECT_EQ(Get(port, "/frames/5?partition=1").status, 400);
}

TEST_F(Pages, ARecordThatClaimsToBeAPageIsNotServedAsOne) {
  topic.Append("<script>", {{"content-type", "text/html"}});
  topic.Append("<svg onload='alert(1)'/>", {{"content-type", "image/svg+xml"}});
  Start();
  for (const char* target : {"/frames/0", "/frames/1"}) {
    const Response response = Get(port, target);
    EXPECT_EQ(response.headers.at("Content-Type"), "application/octet-stream") << target;
    EXPECT_EQ(response.headers.at("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(response.headers.at("Content-Security-Policy"), HasSubstr("sandbox"));
  }
  EXPECT_EQ(Get(port, "/snapshot").status, 404);
}

TEST_F(Pages, StatusTellsPositionLagViewersAndExtent) {
  Append(0, 99, milliseconds(100));
  topic.Truncate(10);
  topic.Commit(context.group(), 0, 60);
  Start();
  nlohmann::json status = Status();
  EXPECT_EQ(status["connector"], "screen");
  EXPECT_EQ(status["topic"], "frames");
  EXPECT_EQ(status["playback"], "resume");
  EXPECT_EQ(status["state"], "waiting for a viewer");
  EXPECT_EQ(status["viewers"], 0);
  EXPECT_EQ(status["position"], 60);
  EXPECT_EQ(status["lag_frames"], 40);
  EXPECT_NEAR(status["lag_seconds"].get<double>(), 3.9, 0.01);
  EXPECT_EQ(status["extent"]["first_offset"], 10);
  EXPECT_EQ(status["extent"]["last_offset"], 99);
  EXPECT_THAT(status["extent"]["last_time"].get<std::string>(), HasSubstr("Z"));
  StreamClient viewer(port);
  for (int number = 60; number < 100; ++number) ASSERT_EQ(viewer.NextNumber(), number);
  ASSERT_TRUE(EventuallyCommitted(100));
  status = Status();
  EXPECT_EQ(status["viewers"], 1);
  EXPECT_EQ(status["position"], 100);
  EXPECT_EQ(status["lag_frames"], 0);
  EXPECT_EQ(status["lag_seconds"], 0.0);
  EXPECT_TRUE(Eventually([&] { return Status()["state"] == "waiting for frames"; }));
}

TEST_F(Pages, MetricsTellTheSameOnceASecond) {
  Append(0, 9);
  Start();
  StreamClient viewer(port);
  for (int number = 0; number < 10; ++number) ASSERT_EQ(viewer.NextNumber(), number);
  EXPECT_TRUE(Eventually([&] { return Metric("frames_sent") == 10; }));
  EXPECT_TRUE(Eventually([&] { return Metric("position") == 10; }));
  EXPECT_EQ(Metric("http_port"), port);
  EXPECT_EQ(Metric("viewers"), 1);
  EXPECT_EQ(Metric("playhead_viewers"), 1);
  EXPECT_EQ(Metric("lag_frames"), 0);
}

TEST_F(Pages, HeadAnswersLikeGetWithoutABody) {
  Append(0, 0);
  Start();
  const Response stream = Get(port, "/", "HEAD");
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(stream.headers.at("Content-Type"), "multipart/x-mixed-replace; boundary=framespool");
  EXPECT_EQ(stream.body, "");
  const Response snapshot = Get(port, "/snapshot", "HEAD");
  EXPECT_EQ(snapshot.headers.at("Content-Length"), std::to_string(Picture(0).size()));
  EXPECT_EQ(snapshot.body, "");
  EXPECT_EQ(Status()["viewers"], 0);
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
}

TEST_F(Pages, Http10IsSpokenToo) {
  Append(0, 1);
  Start();
  Connection connection(port);
  connection.Send("GET / HTTP/1.0\r\n\r\n");
  std::string text;
  while (text.find("#1#") == std::string::npos) {
    const std::string more = connection.Read(Clock::now() + kPatience);
    ASSERT_NE(more, "");
    text += more;
  }
  EXPECT_TRUE(text.starts_with("HTTP/1.0 200 OK\r\n"));
  EXPECT_EQ(text.find("chunked"), std::string::npos);
  EXPECT_EQ(Exchange(port, "GET /snapshot HTTP/1.0\r\n\r\n").body, Picture(1));
}

TEST_F(Pages, BadRequestsAreToldWhatIsAllowed) {
  Start();
  struct Case {
    std::string target;
    int status;
    std::string says;
  };
  for (const Case& bad : {Case{"/?from=yesterday", 400, "earliest, latest, an offset"},
                          Case{"/?from=-5", 400, "-30s"},
                          Case{"/?from=2024-13-01T00:00:00Z", 400, "RFC 3339"},
                          Case{"/?pace=fast", 400, "recorded or unpaced"},
                          Case{"/?framing=chunked", 400, "boundary or length"},
                          Case{"/?speed=0", 400, "0.25 to 16"},
                          Case{"/?speed=fast", 400, "0.25 to 16"},
                          Case{"/?speed=nan", 400, "0.25 to 16"},
                          Case{"/?fps=0", 400, "0.1 to 60"},
                          Case{"/?fps=61", 400, "0.1 to 60"},
                          Case{"/?width=15", 400, "16 to 4096"},
                          Case{"/?width=1e3", 400, "16 to 4096"},
                          Case{"/snapshot?width=9999", 400, "16 to 4096"},
                          Case{"/frames/0?width=x", 400, "16 to 4096"},
                          Case{"/?until=soon", 400, "an offset"},
                          Case{"/?from=5&until=5", 400, "behind from"},
                          Case{"/?from=-1s&until=-2s", 400, "behind from"},
                          Case{"/?until=9&group=a", 400, "exclude each other"},
                          Case{"/?playback=loop", 400, "resume or live"},
                          Case{"/?playback=live&from=3", 400, "excludes group, from and until"},
                          Case{"/?playback=live&speed=2", 400, "add from= or group="},
                          Case{"/?from=3&partition=7", 400, "from 0 to 0"},
                          Case{"/?group=", 400, "letters"},
                          Case{"/?group=a/b", 400, "letters"},
                          Case{"/?group=a&from=1", 400, "exclude each other"},
                          Case{"/%zz", 400, "%-escapes"},
                          Case{"/%00", 400, "%-escapes"},
                          Case{"/nothing", 404, "/snapshot"}}) {
    const Response response = Get(port, bad.target);
    EXPECT_EQ(response.status, bad.status) << bad.target;
    EXPECT_THAT(response.body, HasSubstr(bad.says)) << bad.target;
    EXPECT_TRUE(nlohmann::json::accept(response.body)) << bad.target;
  }
  StreamClient viewer(port, "/?colour=blue&x");
  EXPECT_THAT(viewer.Head(), HasSubstr("200 OK"));
}

TEST_F(Pages, OtherMethodsAreRefusedWithWhatIsAllowed) {
  Start();
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "BREW"}) {
    const Response response =
        Exchange(port, std::string(method) + " / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\nhello");
    EXPECT_EQ(response.status, 405) << method;
    EXPECT_EQ(response.headers.at("Allow"), "GET, HEAD, OPTIONS") << method;
  }
}

TEST_F(Pages, GarbageAndOversizedRequestsEndTheirConnectionOnly) {
  AppendOne(0);
  Start();
  EXPECT_EQ(Exchange(port, "\x16\x03\x01 this is not HTTP\r\n\r\n").status, 400);
  EXPECT_EQ(Exchange(port, "GET / HTTP/9.9\r\n\r\n").status, 400);
  EXPECT_EQ(Exchange(port, "GET / HTTP/1.1\r\nA: " + std::string(20000, 'a') + "\r\n\r\n").status, 431);
  EXPECT_EQ(Get(port, "/" + std::string(9000, 'a')).status, 431);
  { Connection leaves(port); }
  {
    Connection half(port);
    half.Send("GET / HT");
  }
  EXPECT_EQ(Get(port, "/snapshot").status, 200);
}

TEST_F(Pages, ViewersOverTheLimitAreAskedToComeBack) {
  AppendOne(0);
  Start({{"viewers.max", "2"}});
  StreamClient one(port), two(port, "/?group=other");
  ASSERT_EQ(one.NextNumber(), 0);
  ASSERT_EQ(two.NextNumber(), 0);
  const Response refused = Get(port, "/");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("Retry-After"), "5");
  EXPECT_THAT(refused.body, HasSubstr("viewers.max"));
  one.connection.Close();
  ASSERT_TRUE(Eventually([&] { return Status()["viewers"] == 1; }));
  EXPECT_EQ(StreamClient(port).NextNumber(), 0);
}

}  // namespace
}  // namespace framespool::mjpeg
