// /timeline and /watch.
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

class TimelineTest : public SinkFixture {
 protected:
  nlohmann::json Tell(const std::string& query = "") {
    nlohmann::json told;
    EXPECT_TRUE(Eventually([&] {
      told = nlohmann::json::parse(Get(port, "/timeline?" + query).body);
      return told["complete"].get<bool>();
    }));
    return told;
  }
  static std::int64_t Milliseconds(Timestamp time) { return time.time_since_epoch().count(); }
};

TEST_F(TimelineTest, MarksGapsAndLoopsWhereTheyAre) {
  const Timestamp start = Now() - hours(1);
  Timestamp time = start;
  for (int number = 0; number < 3000; ++number) {
    time += milliseconds(number == 1234 ? 60'000 : number == 2001 ? 5'000 : 40);
    topic.Append(Picture(number, 20), {{"framespool.loop", std::to_string(number / 700)}}, time);
  }
  Start();
  const nlohmann::json told = Tell("points=50");
  ASSERT_EQ(told["gaps"].size(), 2U) << told;
  EXPECT_EQ(told["gaps"][0]["offset"], 1234);
  EXPECT_EQ(told["gaps"][0]["until_ms"].get<std::int64_t>() - told["gaps"][0]["from_ms"].get<std::int64_t>(), 60'000);
  EXPECT_EQ(told["gaps"][1]["offset"], 2001);
  std::vector<int> loops;
  for (const auto& loop : told["loops"]) loops.push_back(loop["offset"]);
  EXPECT_EQ(loops, (std::vector<int>{700, 1400, 2100, 2800}));
  EXPECT_LE(told["points"].size(), 60U);
  EXPECT_EQ(told["points"].front(), nlohmann::json({0, Milliseconds(start + milliseconds(40))}));
  EXPECT_EQ(told["points"].back(), nlohmann::json({2999, Milliseconds(time)}));
}

TEST_F(TimelineTest, TellsLoopsByTheVideosOwnTimesWhereNothingCountsThem) {
  for (int number = 0; number < 100; ++number)
    topic.Append(Picture(number, 20), {{"framespool.pts.us", std::to_string(number % 60 * 1000)}}, Now());
  Start();
  const nlohmann::json told = Tell();
  ASSERT_EQ(told["loops"].size(), 1U);
  EXPECT_EQ(told["loops"][0]["offset"], 60);
}

TEST_F(TimelineTest, FollowsATopicThatGrowsShrinksAndIsEmpty) {
  Start();
  EXPECT_EQ(Tell()["points"].size(), 0U);
  Append(0, 9);
  EXPECT_EQ(Tell()["points"].size(), 10U);
  topic.Truncate(5);
  EXPECT_EQ(Tell()["points"].front()[0], 5);
  EXPECT_EQ(Get(port, "/timeline?points=1").status, 400);
  EXPECT_EQ(Get(port, "/timeline?points=many").status, 400);
}

TEST_F(TimelineTest, HasAPlayerPageUnder60KilobytesThatLoadsNothingElse) {
  Start({{"http.path", "/cam"}});
  const Response page = Get(port, "/cam/watch");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("Content-Type"), "text/html; charset=utf-8");
  EXPECT_LT(page.body.size(), 60'000U);
  EXPECT_THAT(page.body, HasSubstr("class Connection"));
  EXPECT_THAT(page.body, Not(HasSubstr("/*script*/")));
  EXPECT_THAT(page.body, Not(HasSubstr("<script src")));
  EXPECT_THAT(page.body, Not(HasSubstr("http://")));
  EXPECT_THAT(page.body, Not(HasSubstr("https://")));
  EXPECT_EQ(Get(port, "/cam/watch", "HEAD").headers.at("Content-Length"), std::to_string(page.body.size()));
}

}  // namespace
}  // namespace framespool::mjpeg
