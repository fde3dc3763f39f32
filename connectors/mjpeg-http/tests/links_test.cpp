// What a viewer link opens of a sink, and what ends when it does.
#include "http/link_rule.h"

#include "fakes/fake_gate.h"

#include "mux_client.h"
#include "sink_fixture.h"
#include "topic/moment.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Links : public SinkFixture {
 protected:
  Links() { context.SetAccess(&gate); }
  ~Links() override { sink.reset(); }

  /// Frames 0 to 9, a second apart; numbers 3 to 6 are in the link "span".
  void SetUp() override {
    for (int number = 0; number < 10; ++number) AppendOne(number, milliseconds(1000), 2000, TimeOf(number));
    gate.AddLink("live", {.connector = context.connector(), .topic = topic.name()});
    gate.AddLink("slow", {.connector = context.connector(), .most_fps = 2});
    gate.AddLink("span", {.connector = context.connector(), .from = TimeOf(3), .to = TimeOf(7)});
    gate.AddLink("before", {.from = TimeOf(-9), .to = TimeOf(-5)});
    gate.AddLink("after", {.from = TimeOf(100'000), .to = TimeOf(100'001)});
    gate.AddLink("other", {.connector = "another"});
    gate.AddLink("topic", {.topic = "another"});
  }
  Timestamp TimeOf(int number) const { return begin + number * milliseconds(1000); }
  static std::string At(Timestamp time) { return TimeText(time); }
  std::vector<int> Shown(const std::string& target) {
    StreamClient viewer(port, target);
    std::vector<int> numbers;
    while (const auto part = viewer.Next()) numbers.push_back(StreamClient::NumberOf(part->body));
    return numbers;
  }

  const Timestamp begin = Now() - std::chrono::minutes(10);
  fakes::FakeGate gate;
};

TEST_F(Links, OpenTheLiveStreamOfOneSink) {
  Start();
  EXPECT_EQ(Get(port, "/snapshot?link=live").body, Picture(9));
  StreamClient viewer(port, "/?link=live");
  EXPECT_EQ(viewer.NextNumber(), 9);
  AppendOne(10);
  EXPECT_EQ(viewer.NextNumber(), 10);
  EXPECT_EQ(Get(port, "/?link=live", "HEAD").status, 200);
  EXPECT_EQ(Get(port, "/snapshot?link=live&width=1").status, 400) << "what is wrong is said as to anybody";
}

TEST_F(Links, OpenNothingElseAndSayWhatTheyDo) {
  Start();
  for (const char* page : {"/status", "/timeline", "/frames/0", "/clip", "/nothing"}) {
    const Response response = Get(port, std::string(page) + "?link=live");
    EXPECT_EQ(response.status, 403) << page;
    EXPECT_THAT(response.body, HasSubstr("it opens /, /watch, /video, and /snapshot")) << page;
  }
  EXPECT_THAT(Get(port, "/mux?streams=screen&link=live").body, HasSubstr("this link opens one stream"));
  for (const char* more : {"from=0", "from=-9s", "until=-1s", "group=ann", "playback=resume"})
    EXPECT_THAT(Get(port, std::string("/?link=live&") + more).body, HasSubstr("does not let one choose")) << more;
  for (const char* more : {"at=-9s", "offset=0", "partition=0"})
    EXPECT_EQ(Get(port, std::string("/snapshot?link=live&") + more).status, 403) << more;
  EXPECT_THAT(Get(port, "/clip?id=1&link=span", "DELETE").body, HasSubstr("lets nobody send DELETE"));
  EXPECT_THAT(Get(port, "/?link=other").body, HasSubstr("for the connector another"));
  EXPECT_THAT(Get(port, "/?link=topic").body, HasSubstr("for the topic another"));
  for (const char* wrong : {"", "x", "LIVE", "live%20", "x&link=live"})
    EXPECT_EQ(Get(port, std::string("/snapshot?link=") + wrong).status, 401) << wrong;
}

TEST_F(Links, OpenTheirSpanAndPartsOfIt) {
  Start();
  EXPECT_THAT(Shown("/?link=span"), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(Shown("/?link=span&from=" + At(TimeOf(4)) + "&until=" + At(TimeOf(6))), ElementsAre(4, 5));
  EXPECT_THAT(Shown("/?link=span&pace=unpaced&speed=4&framing=length&from=" + At(TimeOf(6))), ElementsAre(6));
  EXPECT_EQ(Get(port, "/snapshot?link=span").body, Picture(3));
  EXPECT_EQ(Get(port, "/snapshot?link=span&at=" + At(TimeOf(5))).body, Picture(5));
  const Response clip = Get(port, "/clip?link=span&format=zip");
  EXPECT_EQ(clip.headers.at("X-Framespool-Frames"), "4");
  EXPECT_EQ(clip.headers.at("X-Framespool-First-Offset"), "3");
  EXPECT_EQ(Get(port, "/clip?link=span&format=zip&from=" + At(TimeOf(6))).headers.at("X-Framespool-Frames"), "1");
}

TEST_F(Links, OpenNothingBesideTheirSpan) {
  Start();
  for (const std::string& more : {"from=" + At(TimeOf(2)), "until=" + At(TimeOf(8)), "from=" + At(TimeOf(7)),
                                  std::string("from=0"), std::string("from=earliest"), std::string("until=latest"),
                                  std::string("from=-1s"), std::string("from=nonsense")}) {
    EXPECT_EQ(Get(port, "/?link=span&" + more).status, 403) << more;
    EXPECT_EQ(Get(port, "/clip?link=span&" + more).status, 403) << more;
  }
  for (const std::string& more : {"at=" + At(TimeOf(7)), "at=" + At(TimeOf(2)), std::string("at=-1s")})
    EXPECT_THAT(Get(port, "/snapshot?link=span&" + more).body, HasSubstr(At(TimeOf(3)))) << more;
  // A place that the topic does not hold is not replaced by another, as it is for who may see everything.
  for (const char* link : {"before", "after"}) {
    EXPECT_EQ(Get(port, std::string("/snapshot?link=") + link).status, 404) << link;
    EXPECT_EQ(Get(port, std::string("/clip?link=") + link).status, 404) << link;
  }
  EXPECT_THAT(Shown("/?link=before"), ElementsAre());
  StreamClient viewer(port, "/?link=after");
  EXPECT_FALSE(viewer.Head().empty());
  AppendOne(10);
  AppendOne(11, milliseconds(1000), 2000, TimeOf(100'000));
  EXPECT_EQ(viewer.NextNumber(), 11) << "10 is not of its time";
}

TEST_F(Links, HaveARateThatNobodyRaises) {
  const auto asked = [&](const std::string& query) {
    Request request{.method = "GET", .query = {}};
    request.query = http::ParseQuery(query).value();
    const std::string refused = Confine(request, "", {.most_fps = 2}, "screen", "t", Now());
    return refused.empty() ? request.Query("fps").value_or("") : refused;
  };
  EXPECT_EQ(asked("link=slow"), "2");
  EXPECT_EQ(asked("fps=60"), "2");
  EXPECT_EQ(asked("fps=0.5"), "0.5");
  EXPECT_EQ(asked("fps=0.5&fps=60"), "0.5");
  EXPECT_EQ(asked("fps=nan"), "2");
  EXPECT_EQ(asked("fps=fast"), "fast") << "the sink says what is wrong with it";
  EXPECT_THAT(asked("speed=16"), HasSubstr("speed="));
  Start();
  EXPECT_THAT(Get(port, "/video?link=slow").body, HasSubstr("since it has a rate"));
  EXPECT_EQ(Get(port, "/snapshot?link=slow").status, 200);
}

TEST_F(Links, HaveAPageThatSaysWhatTheyOpen) {
  Start();
  const Response page = Get(port, "/watch?link=span");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("urlOf('/link'"));
  EXPECT_THAT(page.body, Not(HasSubstr("/timeline")));
  EXPECT_EQ(page.headers.at("Referrer-Policy"), "no-referrer");
  EXPECT_THAT(page.headers.at("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  const auto facts = nlohmann::json::parse(Get(port, "/link?link=span").body);
  EXPECT_EQ(facts["connector"], context.connector());
  EXPECT_EQ(facts["from"], At(TimeOf(3)));
  EXPECT_EQ(facts["has_clip"], true);
  EXPECT_EQ(nlohmann::json::parse(Get(port, "/link?link=slow").body)["fps"], 2);
  const Response own = Exchange(port, "GET /link HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: viewer\r\n\r\n");
  EXPECT_EQ(own.status, 404) << "who comes by no link has none to be told of";
}

TEST_F(Links, GiveWayToWhoIsKnown) {
  Start();
  const Response own =
      Exchange(port, "GET /status?link=live HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: viewer\r\n\r\n");
  EXPECT_EQ(own.status, 200);
  EXPECT_EQ(Exchange(port, "GET /?link=live HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: eve\r\n\r\n").status, 401);
}

TEST_F(Links, EndWhatIsUnderWayByThem) {
  Start();
  StreamClient live(port, "/?link=live");
  ASSERT_EQ(live.NextNumber(), 9);
  StreamClient recorded(port, "/?link=span&pace=recorded&speed=0.25");
  ASSERT_EQ(recorded.NextNumber(), 3);
  gate.WithdrawAll();
  EXPECT_FALSE(live.Next());
  while (recorded.Next()) {
  }
  EXPECT_EQ(Get(port, "/snapshot?link=live").status, 401);
}

TEST_F(Links, OfUsersEndTheirStreamsMuxesAndClips) {
  for (int number = 10; number < 400; ++number) AppendOne(number, milliseconds(1), 100'000);
  Start();
  const std::string as = "HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: viewer\r\n\r\n";
  Connection stream(port);
  stream.Send("GET / " + as);
  MuxClient mux(port, "streams=screen", "Authorization: viewer\r\n");
  ASSERT_TRUE(mux.NextPicture());
  Connection clip(port, 4096);
  clip.Send("GET /clip?format=zip " + as);
  ASSERT_THAT(clip.Read(Clock::now() + kPatience, 12), HasSubstr("200"));
  gate.WithdrawAll();
  while (!stream.Read(Clock::now() + kPatience).empty()) {
  }
  EXPECT_FALSE(stream.timed_out());
  while (mux.Next()) {
  }
  std::size_t size = 0;
  for (std::string more; !(more = clip.Read(Clock::now() + kPatience)).empty();) size += more.size();
  EXPECT_FALSE(clip.timed_out());
  EXPECT_LT(size, 390U * 100'000U) << "the rest of it stays where it is";
}

}  // namespace
}  // namespace framespool::mjpeg
