#include <gmock/gmock.h>

#include <sink_runner.h>
#include <store_sqlite/sqlite_store.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;

/// What the sinks of a test have been given; they live on other threads.
struct Delivered {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::int64_t> offsets;
  int refusals = 0;
  std::set<std::int64_t> indigestible;  // offsets of records that no sink could take
  int spoilt = 1 << 30;                 // how often they are not taken
  int tries = 0;                        // of those
  std::int64_t held_back = 0;           // of the offsets that may be committed
  int commit_refusals = 0;
  SinkTaskContext* context = nullptr;  // of the one that paused
  std::vector<std::string> told;

  std::vector<std::string> Told() {
    const std::lock_guard lock(mutex);
    return told;
  }
  std::size_t Count() {
    const std::lock_guard lock(mutex);
    return offsets.size();
  }

  bool Await(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 60s, [&] { return offsets.size() >= count; });
  }
};
Delivered* delivered = nullptr;

class Collecting final : public SinkTask {
 public:
  struct Config {
    bool requests_commit = false;
    bool pauses = false;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("requests.commit", &Config::requests_commit, "After each batch.")
                                .Field("pauses", &Config::pauses, "From the start.");
    return def;
  }
  Collecting(Config config, SinkTaskContext& context) : config_(std::move(config)), context_(context) {
    if (!config_.pauses) return;
    context_.PauseConsumption();
    const std::lock_guard lock(delivered->mutex);
    delivered->context = &context_;
    delivered->changed.notify_all();
  }
  void Open(std::span<const TopicPartition> partitions) override { Tell("open", partitions); }
  void Close(std::span<const TopicPartition> partitions) override { Tell("close", partitions); }
  PartitionOffsets PreCommit(const PartitionOffsets& taken) override {
    const std::lock_guard lock(delivered->mutex);
    if (delivered->commit_refusals > 0) {
      --delivered->commit_refusals;
      throw RetriableError("not yet, said the test");
    }
    PartitionOffsets offsets;
    for (const auto& [source, offset] : taken) {
      offsets[source] = offset - delivered->held_back;
      delivered->told.push_back("commit " + source.topic + "-" + std::to_string(source.partition) + " up to " +
                                std::to_string(offset));
    }
    return offsets;
  }
  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    std::lock_guard lock(delivered->mutex);
    if (delivered->refusals > 0) {
      --delivered->refusals;
      throw RetriableError("the disk is busy, said the test");
    }
    for (const SinkRecord& record : records) {
      if (!delivered->indigestible.contains(record.offset)) continue;
      if (++delivered->tries <= delivered->spoilt) throw std::runtime_error("no picture, said the test");
    }
    for (const SinkRecord& record : records) delivered->offsets.push_back(record.offset);
    if (delivered->told.empty() || delivered->told.back() != "put") delivered->told.emplace_back("put");
    if (config_.requests_commit) context_.RequestCommit();
    delivered->changed.notify_all();
  }

 private:
  static void Tell(const std::string& what, std::span<const TopicPartition> partitions) {
    const std::lock_guard lock(delivered->mutex);
    for (const TopicPartition& source : partitions)
      delivered->told.push_back(what + " " + source.topic + "-" + std::to_string(source.partition));
  }

  const Config config_;
  SinkTaskContext& context_;
};

class SinkRunnerTest : public testing::Test {
 protected:
  void SetUp() override { delivered = &delivered_; }

  void Append(int count, std::int32_t partition = 0) {
    const auto producer = broker_.OpenProducer({.connector = "source"}, [](auto, auto, const auto&) {});
    for (int i = 0; i < count; ++i) {
      producer->Append({{.topic = "t",
                         .partition = partition,
                         .key = "",
                         .value = Payload(),
                         .headers = {},
                         .timestamp = Now(),
                         .source_partition = {},
                         .source_offset = {}}});
    }
  }

  std::shared_ptr<SinkRunner> Start(const RawConfig& more = {}) {
    return StartTask(0, std::make_shared<PartitionShares>(), more);
  }
  std::shared_ptr<SinkRunner> StartTask(int task, std::shared_ptr<PartitionShares> shares, const RawConfig& more = {}) {
    RawConfig config{{"topics", "t"}};
    for (const auto& [key, value] : more) config[key] = value;
    auto runner = std::make_shared<SinkRunner>(
        TaskIdentity{"collecting", task, "Collecting"}, [](State, const std::string&, const std::string&) {},
        std::move(config),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Sink<Collecting>("Collecting", "Collects.");
          return plugins::Plugin(kEntry);
        },
        broker_, *store_, 1h, nullptr, std::move(shares), 10ms);
    runner->Start(false);
    return runner;
  }

  static bool Stop(const std::shared_ptr<SinkRunner>& runner) {
    runner->RequestStop();
    return runner->AwaitEnd(std::chrono::steady_clock::now() + 60s);
  }

  Delivered delivered_;
  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
};

TEST_F(SinkRunnerTest, DeliversInOrderAndGoesOnAfterARestartWhereItCommitted) {
  Append(5);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(5));
  ASSERT_TRUE(Stop(runner));
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 0}), 5);
  EXPECT_EQ((broker_.noted[{"connect-collecting", {"t", 0}}]), 5);
  Append(3);
  runner = Start();
  ASSERT_TRUE(delivered_.Await(8));
  ASSERT_TRUE(Stop(runner));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
}

TEST_F(SinkRunnerTest, ReadsAllPartitionsAndCommitsEach) {
  broker_.EnsureTopic({.name = "t", .partitions = 3, .config = {}});
  Append(4, 0);
  Append(2, 2);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(6));
  Append(1, 1);
  ASSERT_TRUE(delivered_.Await(7));
  ASSERT_TRUE(Stop(runner));
  EXPECT_THAT(delivered_.offsets, testing::UnorderedElementsAre(0, 1, 2, 3, 0, 1, 0));
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 0}), 4);
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 1}), 1);
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 2}), 2);
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("lag_records")), 0);
}

TEST_F(SinkRunnerTest, GivesTheSameBatchAgainAfterARetriableError) {
  delivered_.refusals = 2;
  Append(4);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(4));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SinkRunnerTest, CountsAndTimesWhatItReadsAndPuts) {
  broker_.EnsureTopic({.name = "t", .partitions = 2, .config = {}});
  delivered_.refusals = 1;
  Append(4);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(4));
  ASSERT_TRUE(Stop(runner));
  const auto meters = runner->meters();
  EXPECT_EQ(meters->records_in.value(), 4);
  EXPECT_EQ(meters->records_out.value(), 4);
  EXPECT_EQ(meters->partitions.value(), 2);
  EXPECT_EQ(meters->longest_lag.value(), 0);
  EXPECT_EQ(meters->active.value(), 0) << "all is committed";
  EXPECT_GE(meters->put.Read().count, 2) << "the first one was refused";
  EXPECT_EQ(meters->commit.Read().count, 1);
  EXPECT_EQ(meters->retries.value(), 1);
}

TEST_F(SinkRunnerTest, ARecordThatTheSinkDoesNotTakeFailsTheTask) {
  delivered_.indigestible = {2};
  Append(4);
  auto runner = Start();
  ASSERT_TRUE(runner->AwaitEnd(std::chrono::steady_clock::now() + 60s));
  EXPECT_EQ(runner->Status().state, State::kFailed);
  EXPECT_THAT(runner->Status().trace, testing::HasSubstr("no picture, said the test"));
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 0}), std::nullopt);
}

TEST_F(SinkRunnerTest, WithErrorsToleranceAllItIsLeftOutAndItsNeighboursAreNot) {
  delivered_.indigestible = {0, 2};
  Append(4);
  auto runner = Start({{"errors.tolerance", "all"}});
  ASSERT_TRUE(delivered_.Await(2));
  ASSERT_TRUE(Stop(runner));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(1, 3));
  EXPECT_EQ(runner->Status().state, State::kRunning);
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("records_skipped")), 2);
  EXPECT_EQ(runner->meters()->skipped.value(), 2);
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 0}), 4);
}

TEST_F(SinkRunnerTest, WithAnErrorsRetryTimeoutARecordIsTriedAgainBeforeItFailsTheTask) {
  delivered_.indigestible = {2};
  delivered_.spoilt = 3;
  Append(4);
  auto runner = Start({{"errors.retry.timeout", "-1"}, {"errors.retry.delay.max.ms", "5"}});
  ASSERT_TRUE(delivered_.Await(4));
  ASSERT_TRUE(Stop(runner));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(delivered_.tries, 4);
  EXPECT_EQ(runner->Status().state, State::kRunning);
  EXPECT_FALSE(runner->Status().metrics.contains("waiting_for"));
}

TEST_F(SinkRunnerTest, WhenTheErrorsRetryTimeoutIsOverErrorsToleranceDecides) {
  delivered_.indigestible = {2};
  Append(4);
  auto strict = Start({{"errors.retry.timeout", "1000"}, {"errors.retry.delay.max.ms", "5"}});
  ASSERT_TRUE(strict->AwaitEnd(std::chrono::steady_clock::now() + 60s));
  EXPECT_EQ(strict->Status().state, State::kFailed);
  EXPECT_GT(delivered_.tries, 2);
  delivered_.tries = 0;
  auto tolerant =
      Start({{"errors.tolerance", "all"}, {"errors.retry.timeout", "1000"}, {"errors.retry.delay.max.ms", "5"}});
  ASSERT_TRUE(delivered_.Await(3));
  ASSERT_TRUE(Stop(tolerant));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(0, 1, 3));
  EXPECT_GT(delivered_.tries, 3);
}

TEST_F(SinkRunnerTest, SaysWhichPartitionsItOpensAndClosesAroundTheRecordsOfThem) {
  Append(2);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(2));
  EXPECT_THAT(delivered_.Told(), testing::ElementsAre("open t-0", "put"));
  ASSERT_TRUE(Stop(runner));
  EXPECT_THAT(delivered_.Told(), testing::ElementsAre("open t-0", "put", "commit t-0 up to 2", "close t-0"));
}

TEST_F(SinkRunnerTest, CommitsNoFurtherThanTheSinkSays) {
  delivered_.held_back = 2;
  Append(5);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(5));
  ASSERT_TRUE(Stop(runner));
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 0}), 3);
  runner = Start();
  ASSERT_TRUE(delivered_.Await(7));
  ASSERT_TRUE(Stop(runner));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(0, 1, 2, 3, 4, 3, 4));
}

TEST_F(SinkRunnerTest, CommitsNothingThatTheSinkWasNotGiven) {
  delivered_.held_back = -7;
  Append(3);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(3));
  ASSERT_TRUE(Stop(runner));
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 0}), std::nullopt);
}

TEST_F(SinkRunnerTest, CommitsWhenTheSinkAsksAndNotOnlyWhenTheIntervalIsOver) {
  Append(3);
  auto runner = Start({{"requests.commit", "true"}});
  ASSERT_TRUE(delivered_.Await(3));
  EXPECT_TRUE(fakes::Eventually([&] { return store_->ConsumerOffset("connect-collecting", {"t", 0}) == 3; }));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SinkRunnerTest, AsksForTheCommitAgainAfterARetriableError) {
  delivered_.commit_refusals = 2;
  Append(3);
  auto runner = Start({{"requests.commit", "true"}});
  EXPECT_TRUE(fakes::Eventually([&] { return store_->ConsumerOffset("connect-collecting", {"t", 0}) == 3; }));
  EXPECT_EQ(runner->Status().state, State::kRunning);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SinkRunnerTest, DeliversNothingWhileTheSinkHasPausedItsConsumptionAndGoesOnWhenItResumes) {
  Append(3);
  auto runner = Start({{"pauses", "true"}});
  {
    std::unique_lock lock(delivered_.mutex);
    ASSERT_TRUE(delivered_.changed.wait_for(lock, 60s, [&] { return delivered_.context != nullptr; }));
  }
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kRunning; }));
  EXPECT_EQ(delivered_.Count(), 0U);
  delivered_.context->ResumeConsumption();
  EXPECT_TRUE(delivered_.Await(3));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SinkRunnerTest, OpensPartitionsThatComeAndReadsTheOthersOn) {
  Append(3);
  const auto runner = Start();
  ASSERT_TRUE(delivered_.Await(3));
  broker_.EnsureTopic({.name = "t", .partitions = 3, .config = {}});
  ASSERT_TRUE(fakes::Eventually([&] { return delivered_.Told().back() == "open t-2"; }));
  Append(2, 2);
  Append(2, 0);
  ASSERT_TRUE(delivered_.Await(7));
  const auto told = delivered_.Told();
  EXPECT_THAT(told, testing::ElementsAre("open t-0", "put", "open t-1", "open t-2", "put"));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SinkRunnerTest, LooksForPartitionsWithoutMakingATopicAgainThatSomebodyDeletes) {
  Append(1);
  const auto runner = Start();
  ASSERT_TRUE(delivered_.Await(1));
  const int made = broker_.ensured();
  const int looks = broker_.described();
  ASSERT_TRUE(fakes::Eventually([&] { return broker_.described() > looks + 2; }));
  EXPECT_EQ(broker_.ensured(), made);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SinkRunnerTest, HandsPartitionsOverToATaskThatComesAndTakesThemBackWithoutARecordTwice) {
  broker_.EnsureTopic({.name = "t", .partitions = 4, .config = {}});
  const auto shares = std::make_shared<PartitionShares>();
  const auto append = [&] {
    for (std::int32_t i = 0; i < 4; ++i) Append(5, i);
  };
  append();
  const auto first = StartTask(0, shares);
  ASSERT_TRUE(delivered_.Await(20));
  shares->SetTasks(2);
  const auto second = StartTask(1, shares);
  // Two partitions move, each committed before it is closed, and opened behind that.
  ASSERT_TRUE(fakes::Eventually([&] {
    const auto told = delivered_.Told();
    return std::count(told.begin(), told.end(), "open t-3") == 2 &&
           std::count(told.begin(), told.end(), "open t-2") == 2;
  }));
  const auto told = delivered_.Told();
  const auto place = [&](const std::string& what) { return std::find(told.begin(), told.end(), what); };
  EXPECT_LT(place("commit t-3 up to 5"), place("close t-3"));
  EXPECT_LT(place("close t-3"), std::find(told.rbegin(), told.rend(), "open t-3").base());
  EXPECT_EQ(std::count(told.begin(), told.end(), "close t-0"), 0) << "what stays is read on";
  append();
  ASSERT_TRUE(delivered_.Await(40));
  EXPECT_TRUE(Stop(second));
  shares->SetTasks(1);
  append();
  ASSERT_TRUE(delivered_.Await(60));
  EXPECT_TRUE(Stop(first));
  EXPECT_EQ(delivered_.Count(), 60u);
  for (std::int32_t i = 0; i < 4; ++i) EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", i}), 15);
}

TEST_F(SinkRunnerTest, ReadsTheTopicsOfAPatternAsTheyComeAndGo) {
  const auto runner = Start({{"topics", ""}, {"topics.regex", "t|cam-.*"}});
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kRunning; }));
  EXPECT_FALSE(runner->Status().metrics.contains("waiting_for")) << "there need not be any yet";
  EXPECT_EQ(broker_.ensured(), 0);
  broker_.EnsureTopic({.name = "xt", .partitions = 1, .config = {}});
  broker_.EnsureTopic({.name = "t", .partitions = 2, .config = {}});
  Append(2, 1);
  ASSERT_TRUE(delivered_.Await(2));
  broker_.EnsureTopic({.name = "cam-1", .partitions = 1, .config = {}});
  const auto told = [&](const std::string& what) {
    return fakes::Eventually([&] {
      const auto lines = delivered_.Told();
      return std::find(lines.begin(), lines.end(), what) != lines.end();
    });
  };
  ASSERT_TRUE(told("open cam-1-0"));
  broker_.DeleteTopic("cam-1");
  ASSERT_TRUE(told("close cam-1-0"));
  Append(1, 0);
  ASSERT_TRUE(delivered_.Await(3)) << "what stays is read on";
  EXPECT_TRUE(Stop(runner));
  const auto lines = delivered_.Told();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "open xt-0"), 0);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "open t-1"), 1);
}

TEST_F(SinkRunnerTest, ATaskWithoutAPartitionWaitsForOne) {
  Append(1);
  const auto shares = std::make_shared<PartitionShares>();
  shares->SetTasks(2);
  const auto first = StartTask(0, shares);
  const auto second = StartTask(1, shares);
  ASSERT_TRUE(delivered_.Await(1));
  EXPECT_TRUE(fakes::Eventually([&] { return second->Status().state == State::kRunning; }));
  EXPECT_FALSE(second->Status().metrics.contains("waiting_for"));
  broker_.EnsureTopic({.name = "t", .partitions = 2, .config = {}});
  Append(1, 1);
  EXPECT_TRUE(delivered_.Await(2));
  EXPECT_TRUE(Stop(first));
  EXPECT_TRUE(Stop(second));
}

}  // namespace
}  // namespace framespool::runtime
