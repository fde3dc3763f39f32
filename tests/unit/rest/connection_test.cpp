#include <sys/resource.h>

#include <atomic>
#include <thread>

#include "rest_test.h"

namespace framespool::rest {
namespace {

using namespace std::chrono_literals;

/// Many clients at once, and clients that leave.
class Connections : public RestTest {
 protected:
  void AddMany() {
    for (int i = 0; i < 2000; ++i) herder_.Add("connector-" + std::to_string(i), {{"file", std::string(2000, 'f')}});
  }
};

constexpr const char* kEverything = "GET /connectors?expand=info&expand=status HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr const char* kPause = "PUT /connectors/cam/pause HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(Connections, AnswersReadsWhileChangesWait) {
  herder_.Add("cam", {});
  herder_.Hold();
  std::vector<RawClient> changing;
  for (int i = 0; i < 50; ++i) {
    changing.push_back(Connect());
    changing.back().Send(kPause);
  }
  ASSERT_TRUE(herder_.WaitForPosts(50));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(Ask("GET", "/connectors/cam/status").status, 200);
  for (auto& client : changing) ASSERT_FALSE(client.HasInput(0ms));
  herder_.Release();
  for (auto& client : changing) ASSERT_EQ(client.Read().status, 202);
}

TEST_F(Connections, MakesAChangeWhoseClientHasLeft) {
  herder_.Add("cam", {});
  herder_.Hold();
  for (int i = 0; i < 20; ++i) {
    auto client = Connect();
    client.Send(kPause);
    ASSERT_TRUE(herder_.WaitForPosts(static_cast<std::size_t>(i) + 1));
  }
  // New clients take the file descriptors of those that left; the late answers are not for them.
  std::vector<RawClient> others;
  for (int i = 0; i < 20; ++i) others.push_back(Connect());
  for (auto& client : others) ASSERT_EQ(client.Ask(kHealth).status, 200);
  herder_.Release();
  ASSERT_TRUE(herder_.WaitForDone(20));
  for (auto& client : others) {
    ASSERT_EQ(client.Ask(kHealth).status, 200);
    ASSERT_FALSE(client.HasInput(0ms));
  }
}

TEST_F(Connections, ServesBesideManyIdleClients) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  limits_.hello_time = 1h;
  std::vector<RawClient> idle;
  for (int i = 0; i < 400; ++i) idle.push_back(Connect());
  for (int i = 0; i < 50; ++i) ASSERT_EQ(Ask("GET", "/health").status, 200);
  for (auto& client : idle) ASSERT_EQ(client.Ask(kHealth).status, 200);
}

TEST_F(Connections, ServesOthersWhileALargeAnswerIsNotRead) {
  limits_.stall_time = 1h;
  AddMany();
  std::vector<RawClient> unread;
  for (int i = 0; i < 4; ++i) {
    unread.push_back(Connect(4096));
    unread.back().Send(kEverything);
    ASSERT_TRUE(unread.back().HasInput(60s));
  }
  for (int i = 0; i < 100; ++i) ASSERT_EQ(Ask("GET", "/health").status, 200);
  // A loop that waited for those four, or span on them, would not have come this far.
  for (auto& client : unread) ASSERT_EQ(Parsed(client.Read()).size(), 2000u);
  for (auto& client : unread) ASSERT_EQ(client.Ask(kHealth).status, 200);
}

TEST_F(Connections, KeepsTheOrderBehindALargeAnswer) {
  AddMany();
  auto client = Connect(4096);
  client.Send(std::string(kEverything) + kHealth + kEverything + kHealth);
  EXPECT_EQ(client.Read().body.front(), '{');
  EXPECT_EQ(Parsed(client.Read())["status"], "healthy");
  EXPECT_EQ(Parsed(client.Read()).size(), 2000u);
  EXPECT_EQ(Parsed(client.Read())["status"], "healthy");
}

TEST_F(Connections, CutsOffAClientThatNeverReads) {
  limits_.stall_time = 100ms;
  AddMany();
  auto client = Connect(4096);
  for (int i = 0; i < 10; ++i) client.Send(kEverything);
  EXPECT_TRUE(client.HasInput(60s));
  EXPECT_TRUE(client.WaitsForEnd(60s));
}

TEST_F(Connections, StandsManyClientsThatComeAndGo) {
  herder_.Add("cam", {});
  Connect();
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, t, &wrong] {
      for (int i = 0; i < 100; ++i) {
        auto client = Connect();
        if ((i + t) % 3 == 0) {
          client.Send(kPause);  // and leaves
        } else if (client.Ask(kPause).status != 202 || client.Ask(kHealth).status != 200) {
          ++wrong;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(Ask("GET", "/health").status, 200);
}

TEST_F(Connections, SurvivesRunningOutOfFiles) {
  Connect();
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const rlimit before = files;
  const int lowest_free = dup(0);
  close(lowest_free);
  files.rlim_cur = static_cast<rlim_t>(lowest_free) + 30;
  std::vector<RawClient> clients;
  setrlimit(RLIMIT_NOFILE, &files);
  try {
    for (int i = 0; i < 40; ++i) clients.push_back(Connect());
  } catch (const std::runtime_error&) {
  }
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_GE(clients.size(), 10u);
  EXPECT_EQ(Ask("GET", "/health").status, 200);
}

}  // namespace
}  // namespace framespool::rest
