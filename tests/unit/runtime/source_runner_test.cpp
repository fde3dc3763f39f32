#include <gmock/gmock.h>

#include <framespool/data.h>
#include <source_runner.h>
#include <store_sqlite/sqlite_store.h>

#include <atomic>
#include <future>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

const Fields kStream{{"stream", std::int64_t{1}}};

std::atomic<bool> hanging = false;  // a Counting has gone into a call that it does not come back from,
std::promise<void> let_go;          // or comes back from when this is kept

/// Sends the numbers 0, 1, 2 … as records; `trouble` makes it misbehave once it has sent three.
class Counting final : public SourceTask {
 public:
  struct Config {
    std::string topic;
    std::string trouble = "none";
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field("trouble", &Config::trouble, "What goes wrong.");
    return def;
  }
  Counting(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    if (config_.trouble == "constructor") throw ConfigError("file: cannot open it; check the path");
    if (const auto offset = context.StoredOffset(kStream)) next_ = std::get<std::int64_t>(offset->at("next"));
  }
  std::vector<SourceRecord> Poll(std::stop_token) override {
    if (next_ == 3 && config_.trouble == "foreign") throw 42;
    if (next_ == 3 && config_.trouble == "never") {
      hanging = true;
      std::promise<void>().get_future().wait();
    }
    if (next_ == 3 && config_.trouble == "late") {
      hanging = true;
      let_go.get_future().wait();
    }
    if (next_ == 3 && config_.trouble == "retriable" && ++tries_ < 3) throw RetriableError("not yet");
    if (next_ == 10) return {};
    Value value = Payload();
    if (next_ == 3 && config_.trouble.ends_with("bad data")) {
      const auto schema = std::make_shared<const Schema>(Schema{.type = DataType::kInt8});
      value = std::make_shared<const Data>(Data{schema, Datum("three")});
    }
    ++next_;
    return {{.topic = config_.topic,
             .partition = {},
             .key = "",
             .value = std::move(value),
             .headers = {},
             .timestamp = Now(),
             .source_partition = kStream,
             .source_offset = {{"next", next_}}}};
  }

 private:
  const Config config_;
  std::int64_t next_ = 0;
  int tries_ = 0;
};

class SourceRunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    hanging = false;
    let_go = {};
  }

  std::shared_ptr<SourceRunner> Start(const std::string& trouble = "none", bool paused = false,
                                      std::vector<std::shared_ptr<TaskRunner>> abandoned = {}) {
    auto runner = std::make_shared<SourceRunner>(
        TaskIdentity{"counting", 0, "Counting"}, [](State, const std::string&, const std::string&) {},
        RawConfig{{"topic", "t"},
                  {"trouble", trouble},
                  {"topic.creation.default.partitions", "1"},
                  {"errors.tolerance", trouble.starts_with("tolerated") ? "all" : "none"}},
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = Source<Counting>("Counting", "Counts.");
          return plugins::Plugin(kEntry);
        },
        broker_, offsets_);
    runner->Start(paused, std::move(abandoned));
    return runner;
  }

  static void Abandon(const std::shared_ptr<SourceRunner>& runner) {
    runner->RequestStop();
    EXPECT_FALSE(runner->AwaitEnd(std::chrono::steady_clock::now() + 50ms));
    runner->Abandon();
  }

  static bool Stop(const std::shared_ptr<SourceRunner>& runner) {
    runner->RequestStop();
    return runner->AwaitEnd(std::chrono::steady_clock::now() + 60s);
  }

  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
  SourceOffsets offsets_{*store_, broker_, 1h};
};

TEST_F(SourceRunnerTest, PutsEveryRecordInTheTopicOnceOverARestart) {
  auto runner = Start();
  ASSERT_TRUE(broker_.AwaitRecords("t", 4));
  ASSERT_TRUE(Stop(runner));
  runner = Start();
  ASSERT_TRUE(broker_.AwaitRecords("t", 10));
  ASSERT_TRUE(Stop(runner));
  const auto records = broker_.Records("t");
  ASSERT_EQ(records.size(), 10U);
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].source.offset, (Fields{{"next", static_cast<std::int64_t>(i + 1)}}));
  }
}

TEST_F(SourceRunnerTest, StaysRunningThroughRetriableErrorsAndSaysWhatItWaitsFor) {
  broker_.RefuseAppends(2);
  auto runner = Start("retriable");
  ASSERT_TRUE(fakes::Eventually([&] {
    const auto now = runner->Status();  // one look: at the next it may wait no more
    const auto reason = now.metrics.find("waiting_for");
    return reason != now.metrics.end() && std::get<std::string>(reason->second) == "no space left, said the test" &&
           now.state == State::kRunning;
  }));
  ASSERT_TRUE(broker_.AwaitRecords("t", 10));
  EXPECT_FALSE(runner->Status().metrics.contains("waiting_for"));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SourceRunnerTest, CountsAndTimesWhatItPollsAndWrites) {
  auto runner = Start();
  ASSERT_TRUE(broker_.AwaitRecords("t", 10));
  ASSERT_TRUE(Stop(runner));
  const auto meters = runner->meters();
  EXPECT_EQ(meters->records_in.value(), 10);
  EXPECT_EQ(meters->records_out.value(), 10);
  EXPECT_EQ(meters->batches.value(), 10);
  EXPECT_EQ(meters->largest_batch.value(), 1);
  EXPECT_GE(meters->poll.Read().count, 10);
  EXPECT_EQ(meters->append.Read().count, 10);
  EXPECT_EQ(meters->errors.value(), 0);
  EXPECT_EQ(meters->last_error_ms.value(), 0);
}

TEST_F(SourceRunnerTest, CountsWhatWentWrongAndWhetherItStayedSo) {
  const auto tolerant = Start("tolerated bad data");
  ASSERT_TRUE(broker_.AwaitRecords("t", 9));
  ASSERT_TRUE(Stop(tolerant));
  EXPECT_EQ(tolerant->meters()->skipped.value(), 1);
  EXPECT_EQ(tolerant->meters()->failures.value(), 1);
  EXPECT_EQ(tolerant->meters()->retries.value(), 0);
  const auto failed = Start("constructor");
  ASSERT_TRUE(failed->AwaitEnd(std::chrono::steady_clock::now() + 60s));
  EXPECT_EQ(failed->meters()->failures.value(), 1);
  EXPECT_EQ(failed->meters()->errors.value(), 1);
  EXPECT_GT(failed->meters()->last_error_ms.value(), 0);
}

TEST_F(SourceRunnerTest, FailsWithTheReasonWhenTheConstructorThrows) {
  auto runner = Start("constructor");
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kFailed; }));
  EXPECT_THAT(runner->Status().trace, StartsWith("ConfigError: file: cannot open it; check the path"));
  EXPECT_THAT(runner->Status().trace, HasSubstr("in Counting, task counting-0"));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SourceRunnerTest, StopsAForeignExceptionAtTheWall) {
  auto runner = Start("foreign");
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kFailed; }));
  EXPECT_THAT(runner->Status().trace, HasSubstr("an exception of type int"));
  EXPECT_EQ(broker_.Records("t").size(), 3U);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SourceRunnerTest, FailsForAValueThatCannotBeWrittenAsBytesAndSaysWhy) {
  auto runner = Start("bad data");
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kFailed; }));
  EXPECT_THAT(runner->Status().trace, HasSubstr("the value must be int8, but is string"));
  EXPECT_EQ(broker_.Records("t").size(), 3U);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SourceRunnerTest, LeavesAValueOutThatCannotBeWrittenWhereThatIsTolerated) {
  auto runner = Start("tolerated bad data");
  ASSERT_TRUE(broker_.AwaitRecords("t", 9));
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("records_skipped")), 1);
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(broker_.Records("t").size(), 9U);
}

TEST_F(SourceRunnerTest, DoesNotWaitForAPluginThatNeverReturns) {
  auto runner = Start("never");
  ASSERT_TRUE(fakes::Eventually([] { return hanging.load(); }));
  Abandon(runner);
}

TEST_F(SourceRunnerTest, WhatAnAbandonedTaskReadIsNotWrittenWhenItComesBack) {
  auto late = Start("late");
  ASSERT_TRUE(fakes::Eventually([] { return hanging.load(); }));
  Abandon(late);
  auto runner = Start("none", false, {late});
  ASSERT_TRUE(broker_.AwaitRecords("t", 10));
  let_go.set_value();
  EXPECT_TRUE(Stop(late));
  EXPECT_EQ(broker_.Records("t").size(), 10U);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SourceRunnerTest, BeginsOnlyWhenTheTaskThatWasAbandonedHasEndedItsWrite) {
  std::atomic<int> appends = 0;
  broker_.BeforeAppends([&] {
    if (++appends != 4) return;
    hanging = true;
    let_go.get_future().wait();
  });
  auto writing = Start();
  ASSERT_TRUE(fakes::Eventually([] { return hanging.load(); }));
  Abandon(writing);
  auto runner = Start("none", false, {writing});
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().metrics.contains("waiting_for"); }));
  EXPECT_THAT(std::get<std::string>(runner->Status().metrics.at("waiting_for")), HasSubstr("still writing"));
  let_go.set_value();
  ASSERT_TRUE(broker_.AwaitRecords("t", 10));
  EXPECT_TRUE(Stop(writing));
  EXPECT_EQ(broker_.Records("t").size(), 10U);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(SourceRunnerTest, SendsNothingWhilePaused) {
  auto runner = Start("none", true);
  ASSERT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kPaused; }));
  EXPECT_TRUE(broker_.Records("t").empty());
  runner->SetPaused(false);
  ASSERT_TRUE(broker_.AwaitRecords("t", 10));
  EXPECT_EQ(runner->Status().state, State::kRunning);
  EXPECT_TRUE(Stop(runner));
}

}  // namespace
}  // namespace framespool::runtime
