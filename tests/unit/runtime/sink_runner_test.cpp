#include <gmock/gmock.h>

#include <sink_runner.h>
#include <store_sqlite/sqlite_store.h>

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
  std::unique_ptr<TopicReader> own_reader;

  bool Await(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, 60s, [&] { return offsets.size() >= count; });
  }
};
Delivered* delivered = nullptr;

class Collecting final : public SinkTask {
 public:
  struct Config {
    std::vector<std::string> topics;
    bool reads_for_itself = false;
    bool rejects = false;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topics", &Config::topics, "From where.")
                                .Required()
                                .Field("reads.for.itself", &Config::reads_for_itself, "Without Put.")
                                .Field("rejects", &Config::rejects, "The first record.");
    return def;
  }
  Collecting(Config config, SinkTaskContext& context) {
    if (!config.reads_for_itself) return;
    context.PauseConsumption();
    delivered->own_reader = context.OpenReader({config.topics.front(), 0});
    if (config.rejects) context.Reject(delivered->own_reader->Read(1, 1000, 60s, {}).at(0), "is not an image");
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
    delivered->changed.notify_all();
  }
};

class SinkRunnerTest : public testing::Test {
 protected:
  void SetUp() override { delivered = &delivered_; }

  void Append(int count) {
    const auto producer = broker_.OpenProducer("source", 0, [](auto, auto, const auto&) {});
    for (int i = 0; i < count; ++i) {
      producer->Append({{.topic = "t",
                         .partition = 0,
                         .key = "",
                         .value = Payload(),
                         .headers = {},
                         .timestamp = Now(),
                         .source_partition = {},
                         .source_offset = {}}});
    }
  }

  std::shared_ptr<SinkRunner> Start(bool reads_for_itself = false, const RawConfig& more = {}) {
    RawConfig config{{"topics", "t"}, {"reads.for.itself", reads_for_itself ? "true" : "false"}};
    for (const auto& [key, value] : more) config[key] = value;
    auto runner = std::make_shared<SinkRunner>(
        TaskIdentity{"collecting", 0, "Collecting"}, [](State, const std::string&) {}, std::move(config),
        []() -> const ConnectorEntry& {
          static constexpr ConnectorEntry entry = Sink<Collecting>("Collecting", "Collects.");
          return entry;
        },
        broker_, *store_, 1h);
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

TEST_F(SinkRunnerTest, GivesTheSameBatchAgainAfterARetriableError) {
  delivered_.refusals = 2;
  Append(4);
  auto runner = Start();
  ASSERT_TRUE(delivered_.Await(4));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_TRUE(Stop(runner));
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
  auto runner = Start(false, {{"errors.tolerance", "all"}});
  ASSERT_TRUE(delivered_.Await(2));
  ASSERT_TRUE(Stop(runner));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(1, 3));
  EXPECT_EQ(runner->Status().state, State::kRunning);
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("records_skipped")), 2);
  EXPECT_EQ(store_->ConsumerOffset("connect-collecting", {"t", 0}), 4);
}

TEST_F(SinkRunnerTest, WithAnErrorsRetryTimeoutARecordIsTriedAgainBeforeItFailsTheTask) {
  delivered_.indigestible = {2};
  delivered_.spoilt = 3;
  Append(4);
  auto runner = Start(false, {{"errors.retry.timeout", "-1"}, {"errors.retry.delay.max.ms", "5"}});
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
  auto strict = Start(false, {{"errors.retry.timeout", "1000"}, {"errors.retry.delay.max.ms", "5"}});
  ASSERT_TRUE(strict->AwaitEnd(std::chrono::steady_clock::now() + 60s));
  EXPECT_EQ(strict->Status().state, State::kFailed);
  EXPECT_GT(delivered_.tries, 2);
  delivered_.tries = 0;
  auto tolerant =
      Start(false, {{"errors.tolerance", "all"}, {"errors.retry.timeout", "1000"}, {"errors.retry.delay.max.ms", "5"}});
  ASSERT_TRUE(delivered_.Await(3));
  ASSERT_TRUE(Stop(tolerant));
  EXPECT_THAT(delivered_.offsets, testing::ElementsAre(0, 1, 3));
  EXPECT_GT(delivered_.tries, 3);
}

TEST_F(SinkRunnerTest, LeavesASinkThatReadsForItselfAloneAndStopsItsReaderWhilePaused) {
  Append(2);
  auto runner = Start(true);
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kRunning; }));
  EXPECT_EQ(delivered_.own_reader->Read(1, 1000, 60s, {}).size(), 1U);
  runner->SetPaused(true);
  EXPECT_TRUE(delivered_.own_reader->Read(1, 1000, 10ms, {}).empty());
  runner->SetPaused(false);
  EXPECT_EQ(delivered_.own_reader->Read(1, 1000, 60s, {}).at(0).offset, 1);
  EXPECT_TRUE(delivered_.offsets.empty());
  delivered_.own_reader.reset();
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SinkRunnerTest, FailsAtARecordThatASinkOfItsOwnReaderRejects) {
  Append(1);
  auto runner = Start(true, {{"rejects", "true"}});
  ASSERT_TRUE(runner->AwaitEnd(std::chrono::steady_clock::now() + 60s));
  EXPECT_EQ(runner->Status().state, State::kFailed);
  EXPECT_THAT(runner->Status().trace, testing::HasSubstr("record 0 of t-0 is not an image; or skip such records with "
                                                         "errors.tolerance = all"));
}

TEST_F(SinkRunnerTest, GoesOnPastARejectedRecordWhereErrorsAreTolerated) {
  Append(2);
  auto runner = Start(true, {{"rejects", "true"}, {"errors.tolerance", "all"}});
  EXPECT_TRUE(fakes::Eventually([&] { return runner->Status().metrics.contains("records_skipped"); }));
  EXPECT_EQ(delivered_.own_reader->Read(1, 1000, 60s, {}).at(0).offset, 1);
  EXPECT_EQ(runner->Status().state, State::kRunning);
  delivered_.own_reader.reset();
  EXPECT_TRUE(Stop(runner));
}

}  // namespace
}  // namespace framespool::runtime
