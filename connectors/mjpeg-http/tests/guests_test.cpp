// Those who only take up room: idle and slow connections, and strangers with positions of their own.
#include <dirent.h>
#include <sys/resource.h>

#include <cstdio>
#include <fstream>

#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::HasSubstr;

/// How many threads of this process have that name.
int Threads(const std::string& wanted) {
  int count = 0;
  DIR* tasks = ::opendir("/proc/self/task");
  while (const dirent* task = ::readdir(tasks)) {
    std::ifstream file("/proc/self/task/" + std::string(task->d_name) + "/comm");
    std::string name;
    count += std::getline(file, name) && name == wanted;
  }
  ::closedir(tasks);
  return count;
}

class Guests : public SinkFixture {
 protected:
  /// Both ends of each connection are this process's.
  static void AllowDescriptors(rlim_t count) {
    rlimit files{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = std::min(std::max(files.rlim_cur, count), files.rlim_max);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
    ASSERT_GE(files.rlim_cur, count) << "this machine allows too few descriptors for the test";
  }
};

TEST_F(Guests, IdleConnectionsMakeRoomOldestFirstAndWatchersStay) {
  AllowDescriptors(4096);
  AppendOne(0);
  Start();
  StreamClient watcher(port);
  ASSERT_EQ(watcher.NextNumber(), 0);
  std::vector<std::unique_ptr<Connection>> idle;
  for (int i = 0; i < 1200; ++i) {
    idle.push_back(std::make_unique<Connection>(port));
    // Some say nothing, some begin a head and go on slowly, some have closed their side.
    if (i % 3 == 1) idle.back()->Send("GET / HTTP/1.1\r\nHost: 127.");
    if (i % 100 == 2) idle.back()->HalfClose();
  }
  EXPECT_EQ(Get(port, "/snapshot").status, 200);
  StreamClient late(port);
  EXPECT_NE(late.Head(), "");
  for (int number = 1; number < 10; ++number) {
    AppendOne(number);
    ASSERT_EQ(watcher.NextNumber(), number);
  }
  EXPECT_EQ(idle.front()->Read(Clock::now() + kPatience), "");
  EXPECT_FALSE(idle.front()->timed_out()) << "the oldest was dropped";
  Connection& newest = *idle.back();
  newest.Send("GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  EXPECT_THAT(newest.Read(Clock::now() + kPatience), HasSubstr("200 OK")) << "the newest was not";
}

TEST_F(Guests, WhoDoesNotTakeHisAnswerMakesRoomTooAndAQuarterOfTheDescriptorsIsEnough) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{200, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  AppendOne(0, std::chrono::milliseconds(10), 8 << 20);
  Start();
  std::vector<std::unique_ptr<Connection>> slow;
  for (int i = 0; i < 60; ++i) {
    slow.push_back(std::make_unique<Connection>(port, 2048));
    slow.back()->Send("GET /snapshot HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    // Its answer begins, so it does not wait for it any more.
    ASSERT_NE(slow.back()->Read(Clock::now() + 4 * kPatience, 16), "") << i;
    ASSERT_EQ(Get(port, "/watch").status, 200) << i;
  }
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(Guests, PositionsOfStrangersAreBoundedAndTheOldestIdleOnesGo) {
  AppendOne(0);
  Start();
  for (int i = 0; i < 600; ++i) {
    const std::string own = i % 2 == 0 ? "group=g" : "key=k";
    StreamClient stranger(port, "/?" + own + std::to_string(i));
    ASSERT_NE(stranger.Head(), "") << i;
    if (i % 50 == 49) {
      // Who has just gone may not have been missed yet, so all that may be watched may be there, and the idle ones.
      ASSERT_LE(Threads("mjpeg-feed"), 280) << i;
    }
  }
  EXPECT_TRUE(Eventually([] { return Threads("mjpeg-feed") <= 20; }));
  EXPECT_TRUE(Eventually([&] { return Status()["groups"].size() <= 16; }));
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 0);
}

TEST_F(Guests, BeyondTheMostWatchedPositionsTheNextIsToldToComeBack) {
  AllowDescriptors(4096);
  AppendOne(0);
  Start();
  std::vector<std::unique_ptr<StreamClient>> strangers;
  for (int i = 0; i < 256; ++i) {
    const std::string own = i % 2 == 0 ? "/?group=g" + std::to_string(i) : std::string("/?from=0");
    strangers.push_back(std::make_unique<StreamClient>(port, own));
    ASSERT_NE(strangers.back()->Head(), "") << i;
  }
  for (const char* target : {"/?group=one.more", "/?key=one.more", "/?from=0"}) {
    const Response full = Get(port, target);
    EXPECT_EQ(full.status, 503) << target;
    EXPECT_EQ(full.headers.at("Retry-After"), "5");
    EXPECT_THAT(full.body, HasSubstr("256 positions"));
  }
  StreamClient own(port);
  EXPECT_EQ(own.NextNumber(), 0) << "the sink's own position has room";
  StreamClient shared(port, "/?group=g0");
  EXPECT_NE(shared.Head(), "") << "so has one that is watched already";
  strangers.clear();
  EXPECT_TRUE(Eventually([&] { return StreamClient(port, "/?group=one.more").Head().starts_with("HTTP/1.1 200"); }));
}

}  // namespace
}  // namespace framespool::mjpeg
