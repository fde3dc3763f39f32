#include <gmock/gmock.h>

#include <framespool/plugin.h>
#include <runtime/connector_runner.h>

#include "fakes/memory_broker.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;

/// What the connector of a test finds to do, and what became of it; on other threads.
struct Work {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> files;
  int retriable = 0;  // how often it cannot tell yet
  bool throws = false;
  ConnectorContext* watched = nullptr;  // while somebody watches
  int asked_for = 0;
  int asked = 0;

  template <class F>
  bool Await(F condition) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 60s, condition);
  }
  void Find(std::vector<std::string> found) {
    ConnectorContext* context = nullptr;
    {
      const std::lock_guard lock(mutex);
      files = std::move(found);
      context = watched;
    }
    context->RequestTaskReconfiguration();
  }
};
Work* work = nullptr;

class FolderWatch final : public ConnectorWatch {
 public:
  explicit FolderWatch(ConnectorContext& context) { Tell(&context); }
  ~FolderWatch() override { Tell(nullptr); }

 private:
  static void Tell(ConnectorContext* context) {
    const std::lock_guard lock(work->mutex);
    work->watched = context;
    work->changed.notify_all();
  }
};

/// A task for each file that it finds.
class FolderSource final : public SourceTask {
 public:
  struct Config {
    std::string topic;
    std::string file;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field("file", &Config::file, "What to play; the split says it.");
    return def;
  }
  static std::vector<RawConfig> TaskConfigs(const Config& config, ConnectorContext& context, int max_tasks) {
    EXPECT_EQ(config.file, "");
    EXPECT_EQ(context.connector(), "folder");
    const std::lock_guard lock(work->mutex);
    work->asked_for = max_tasks;
    ++work->asked;
    work->changed.notify_all();
    if (work->throws) throw std::runtime_error("the folder is gone, said the test");
    if (work->retriable > 0) {
      --work->retriable;
      throw RetriableError("the folder is away, said the test");
    }
    std::vector<RawConfig> configs;
    for (const std::string& file : work->files) configs.push_back({{"file", file}});
    return configs;
  }
  static std::unique_ptr<ConnectorWatch> Watch(const Config& /*config*/, ConnectorContext& context) {
    return std::make_unique<FolderWatch>(context);
  }

  FolderSource(const Config& /*config*/, SourceTaskContext& /*context*/) {}
  std::vector<SourceRecord> Poll(std::stop_token /*stop*/) override { return {}; }
};

class ConnectorRunnerTest : public testing::Test {
 protected:
  void SetUp() override { work = &work_; }
  void TearDown() override {
    if (!runner_) return;
    runner_->RequestStop();
    EXPECT_TRUE(AwaitEnd());
    EXPECT_EQ(work_.watched, nullptr);
  }

  void Start(int tasks_max = 3, std::vector<RawConfig> before = {}) {
    runner_ = std::make_shared<ConnectorRunner>(
        TaskIdentity{"folder", TaskIdentity::kNoTask, "FolderSource"},
        [this](State state, const std::string&, const std::string& reason) {
          const std::lock_guard lock(work_.mutex);
          moves_.push_back(std::string(ToText(state)) + ": " + reason);
          work_.changed.notify_all();
        },
        RawConfig{{"topic", "t"}, {"tasks.max", std::to_string(tasks_max)}},
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Source<FolderSource>("FolderSource", "Plays a folder.");
          return plugins::Plugin(kEntry);
        },
        broker_,
        [this] {
          const std::lock_guard lock(work_.mutex);
          ++splits_;
          work_.changed.notify_all();
        },
        std::move(before));
    runner_->Start(false);
  }
  bool AwaitSplits(int count) {
    return work_.Await([&] { return splits_ >= count; });
  }
  bool AwaitWatched() {
    return work_.Await([&] { return work_.watched != nullptr; });
  }
  bool AwaitEnd() { return runner_->AwaitEnd(std::chrono::steady_clock::now() + 60s); }
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    const auto latest = runner_->Latest();
    for (const TaskShare& share : latest.value()) files.push_back(share.config.at("file"));
    return files;
  }

  Work work_;
  MemoryBroker broker_;
  int splits_ = 0;
  std::vector<std::string> moves_;
  std::shared_ptr<ConnectorRunner> runner_;
};

TEST_F(ConnectorRunnerTest, AsksForAsManyTasksAsTheConfigAllowsAndThenWatches) {
  work_.files = {"a.mp4", "b.mp4"};
  Start();
  ASSERT_TRUE(AwaitSplits(1));
  EXPECT_THAT(Files(), testing::ElementsAre("a.mp4", "b.mp4"));
  EXPECT_EQ(work_.asked_for, 3);
  EXPECT_TRUE(AwaitWatched());
}

TEST_F(ConnectorRunnerTest, TellsOfAnotherSplitAndNotOfTheSame) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(AwaitWatched());
  const int asked = work_.asked;
  work_.Find({"a.mp4"});
  ASSERT_TRUE(work_.Await([&] { return work_.asked > asked; }));
  work_.Find({"b.mp4"});
  ASSERT_TRUE(AwaitSplits(2));
  EXPECT_THAT(Files(), testing::ElementsAre("b.mp4"));
  EXPECT_EQ(splits_, 2);
}

TEST_F(ConnectorRunnerTest, ASplitMayBeOfNoTask) {
  Start();
  ASSERT_TRUE(AwaitSplits(1));
  EXPECT_THAT(Files(), testing::IsEmpty());
  ASSERT_TRUE(AwaitWatched());
  work_.Find({"late.mp4"});
  ASSERT_TRUE(AwaitSplits(2));
  EXPECT_THAT(Files(), testing::ElementsAre("late.mp4"));
}

TEST_F(ConnectorRunnerTest, WaitsForAFirstSplitThatMayComeLaterButNoLongerThanForOneAnswer) {
  work_.files = {"a.mp4"};
  work_.retriable = 2;
  Start();
  runner_->AwaitAsked(std::chrono::steady_clock::now() + 60s);
  EXPECT_GE(work_.asked, 1);
  ASSERT_TRUE(AwaitSplits(1));
  EXPECT_THAT(Files(), testing::ElementsAre("a.mp4"));
}

TEST_F(ConnectorRunnerTest, KeepsTheSplitWhileALaterOneMayComeLater) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(AwaitWatched());
  {
    const std::lock_guard lock(work_.mutex);
    work_.retriable = 1;
  }
  work_.Find({"b.mp4"});
  ASSERT_TRUE(AwaitSplits(2));
  EXPECT_THAT(Files(), testing::ElementsAre("b.mp4"));
  EXPECT_THAT(moves_, testing::IsEmpty());
}

TEST_F(ConnectorRunnerTest, TellsTheConnectorWhatItsTasksHaveUntilThereIsAnotherSplit) {
  work_.retriable = 1000;
  Start(3, {RawConfig{{"file", "before.mp4"}}});
  EXPECT_THAT(runner_->LastSplit(), testing::ElementsAre(RawConfig{{"file", "before.mp4"}}));
  {
    const std::lock_guard lock(work_.mutex);
    work_.files = {"a.mp4", "b.mp4"};
    work_.retriable = 0;
  }
  ASSERT_TRUE(AwaitSplits(1));
  EXPECT_THAT(runner_->LastSplit(), testing::ElementsAre(RawConfig{{"file", "a.mp4"}}, RawConfig{{"file", "b.mp4"}}));
}

TEST_F(ConnectorRunnerTest, TellsTheConnectorOfTheTopicsThatAPatternMayTake) {
  broker_.EnsureTopic({.name = "cam-1", .partitions = 3, .config = {}});
  broker_.EnsureTopic({.name = "__consumer_offsets", .partitions = 2, .config = {}});
  broker_.EnsureTopic({.name = "configs", .partitions = 1, .config = {}});
  broker_.Keep("configs");
  Start();
  EXPECT_THAT(runner_->Topics(), testing::ElementsAre(testing::Pair("cam-1", 3)));
  EXPECT_EQ(runner_->Partitions("configs"), 1) << "who names it may have it";
  EXPECT_EQ(runner_->Partitions("cam-2"), 0);
}

TEST_F(ConnectorRunnerTest, FailsWhenTheSplitCannotBeMade) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(AwaitWatched());
  {
    const std::lock_guard lock(work_.mutex);
    work_.throws = true;
  }
  work_.Find({"b.mp4"});
  ASSERT_TRUE(AwaitEnd());
  EXPECT_EQ(runner_->Status().state, State::kFailed);
  EXPECT_THAT(runner_->Status().trace, testing::HasSubstr("the folder is gone, said the test"));
  EXPECT_THAT(runner_->Status().trace, testing::HasSubstr("in FolderSource, connector folder"));
  EXPECT_THAT(moves_, testing::ElementsAre("FAILED: the folder is gone, said the test"));
  EXPECT_THAT(Files(), testing::ElementsAre("a.mp4"));
}

TEST_F(ConnectorRunnerTest, FailsWithWhatTheWatchRaises) {
  Start();
  ASSERT_TRUE(AwaitWatched());
  work_.watched->RaiseError("the camera recorder is gone for good");
  ASSERT_TRUE(AwaitEnd());
  EXPECT_THAT(runner_->Status().trace, testing::HasSubstr("the camera recorder is gone for good"));
}

TEST_F(ConnectorRunnerTest, FailsAConnectorThatMakesMoreTasksThanItWasAskedFor) {
  work_.files = {"a.mp4", "b.mp4"};
  Start(1);
  ASSERT_TRUE(AwaitEnd());
  EXPECT_THAT(runner_->Status().trace, testing::HasSubstr("split its work into 2 tasks, but was asked for at most 1"));
}

}  // namespace
}  // namespace framespool::runtime
