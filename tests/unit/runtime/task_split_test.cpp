#include <gmock/gmock.h>

#include <source_runner.h>
#include <store_sqlite/sqlite_store.h>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

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
  std::vector<std::string> begun;  // the files that tasks were made for
  int living = 0;

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

/// Plays the newest of the files that it finds.
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

  FolderSource(Config config, SourceTaskContext& /*context*/) {
    const std::lock_guard lock(work->mutex);
    work->begun.push_back(config.file);
    ++work->living;
    work->changed.notify_all();
  }
  ~FolderSource() override {
    const std::lock_guard lock(work->mutex);
    --work->living;
    work->changed.notify_all();
  }
  std::vector<SourceRecord> Poll(std::stop_token stop) override {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, 50ms, [] { return false; });  // decides nothing: a source that waits
    return {};
  }
};

class TaskSplitTest : public testing::Test {
 protected:
  void SetUp() override { work = &work_; }
  void TearDown() override {
    if (!runner_) return;
    runner_->RequestStop();
    EXPECT_TRUE(runner_->AwaitEnd(std::chrono::steady_clock::now() + 60s));
    EXPECT_EQ(work_.living, 0);
    EXPECT_EQ(work_.watched, nullptr);
  }

  void Start() {
    runner_ = std::make_shared<SourceRunner>(
        TaskIdentity{"folder", 0, "FolderSource"}, [](State, const std::string&, const std::string&) {},
        RawConfig{{"topic", "t"}},
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Source<FolderSource>("FolderSource", "Plays a folder.");
          return plugins::Plugin(kEntry);
        },
        broker_, offsets_);
    runner_->Start(false);
  }
  bool AwaitFailed() { return runner_->AwaitEnd(std::chrono::steady_clock::now() + 60s); }

  Work work_;
  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
  SourceOffsets offsets_{*store_, broker_, 1h};
  std::shared_ptr<SourceRunner> runner_;
};

TEST_F(TaskSplitTest, GivesTheOneTaskTheConnectorsConfigWithWhatTheSplitSays) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(work_.Await([&] { return !work_.begun.empty() && work_.watched != nullptr; }));
  EXPECT_THAT(work_.begun, testing::ElementsAre("a.mp4"));
  EXPECT_EQ(work_.asked_for, 1);
}

TEST_F(TaskSplitTest, BeginsTheTaskAnewForAnotherConfigAndLeavesItAloneForTheSame) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(work_.Await([&] { return !work_.begun.empty() && work_.watched != nullptr; }));
  const int asked = work_.asked;
  work_.Find({"a.mp4"});
  ASSERT_TRUE(work_.Await([&] { return work_.asked > asked; }));
  work_.Find({"b.mp4"});
  ASSERT_TRUE(work_.Await([&] { return work_.begun.size() > 1; }));
  EXPECT_THAT(work_.begun, testing::ElementsAre("a.mp4", "b.mp4"));
  EXPECT_EQ(work_.living, 1);
}

TEST_F(TaskSplitTest, RunsWithoutATaskUntilThereIsSomethingToDo) {
  Start();
  ASSERT_TRUE(work_.Await([&] { return work_.watched != nullptr; }));
  EXPECT_TRUE(fakes::Eventually([&] { return runner_->Status().state == State::kRunning; }));
  EXPECT_TRUE(work_.begun.empty());
  work_.Find({"late.mp4"});
  EXPECT_TRUE(work_.Await([&] { return !work_.begun.empty(); }));
}

TEST_F(TaskSplitTest, WaitsForAFirstSplitThatMayComeLater) {
  work_.files = {"a.mp4"};
  work_.retriable = 2;
  Start();
  EXPECT_TRUE(work_.Await([&] { return !work_.begun.empty(); }));
}

TEST_F(TaskSplitTest, AsksAgainForALaterSplitThatMayComeLater) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(work_.Await([&] { return !work_.begun.empty() && work_.watched != nullptr; }));
  {
    const std::lock_guard lock(work_.mutex);
    work_.retriable = 1;
  }
  work_.Find({"b.mp4"});
  EXPECT_TRUE(work_.Await([&] { return work_.begun.size() > 1; }));
}

TEST_F(TaskSplitTest, FailsTheTaskWhenTheSplitCannotBeMade) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(work_.Await([&] { return !work_.begun.empty() && work_.watched != nullptr; }));
  {
    const std::lock_guard lock(work_.mutex);
    work_.throws = true;
  }
  work_.Find({"b.mp4"});
  ASSERT_TRUE(AwaitFailed());
  EXPECT_EQ(runner_->Status().state, State::kFailed);
  EXPECT_THAT(runner_->Status().trace, testing::HasSubstr("the folder is gone, said the test"));
}

TEST_F(TaskSplitTest, FailsTheTaskWithWhatTheWatchRaises) {
  work_.files = {"a.mp4"};
  Start();
  ASSERT_TRUE(work_.Await([&] { return !work_.begun.empty() && work_.watched != nullptr; }));
  work_.watched->RaiseError("the camera recorder is gone for good");
  ASSERT_TRUE(AwaitFailed());
  EXPECT_THAT(runner_->Status().trace, testing::HasSubstr("the camera recorder is gone for good"));
}

TEST_F(TaskSplitTest, FailsAConnectorThatMakesMoreTasksThanItWasAskedFor) {
  work_.files = {"a.mp4", "b.mp4"};
  Start();
  ASSERT_TRUE(AwaitFailed());
  EXPECT_THAT(runner_->Status().trace, testing::HasSubstr("split its work into 2 tasks, but was asked for at most 1"));
}

}  // namespace
}  // namespace framespool::runtime
