#include <gmock/gmock.h>

#include <store_sqlite/sqlite_store.h>
#include <view_runner.h>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/showing_view.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;

class ViewRunnerTest : public testing::Test {
 protected:
  void Append(int count) {
    const auto producer = broker_.OpenProducer({.connector = "source"}, [](auto, auto, const auto&) {});
    for (int i = 0; i < count; ++i) {
      SourceRecord record;
      record.topic = "t";
      record.partition = 0;
      record.timestamp = Now();
      std::vector<SourceRecord> records;
      records.push_back(std::move(record));
      producer->Append(std::move(records));
    }
  }

  std::shared_ptr<ViewRunner> Start(const RawConfig& more = {}, bool paused = false) {
    RawConfig config{{"topics", "t"}};
    for (const auto& [key, value] : more) config[key] = value;
    auto runner = std::make_shared<ViewRunner>(
        TaskIdentity{"showing", 0, "Showing"}, [](State, const std::string&, const std::string&) {}, std::move(config),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = ViewOf<fakes::Showing>("Showing", "Shows.");
          return plugins::Plugin(kEntry);
        },
        broker_, *store_);
    runner->Start(paused);
    return runner;
  }

  static bool AwaitState(const std::shared_ptr<ViewRunner>& runner, State state) {
    return fakes::Eventually([&] { return runner->Status().state == state; });
  }
  static bool Stop(const std::shared_ptr<ViewRunner>& runner) {
    runner->RequestStop();
    return runner->AwaitEnd(std::chrono::steady_clock::now() + 60s);
  }

  fakes::ShownView seen_;
  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
};

TEST_F(ViewRunnerTest, KeepsTheViewUntilItIsStoppedAndStoresWhatItCommits) {
  Append(2);
  const auto runner = Start();
  ViewContext* context = seen_.Await();
  ASSERT_NE(context, nullptr);
  ASSERT_TRUE(AwaitState(runner, State::kRunning));
  EXPECT_THAT(context->topics(), testing::ElementsAre("t"));
  EXPECT_EQ(context->group(), "connect-showing");
  EXPECT_EQ(context->CommittedOffset(context->group(), {"t", 0}), std::nullopt);
  context->CommitOffset(context->group(), {"t", 0}, 2);
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(seen_.context(), nullptr);
  EXPECT_EQ(store_->ConsumerOffset("connect-showing", {"t", 0}), 2);
}

TEST_F(ViewRunnerTest, StopsTheReadersOfAPausedViewAndLetsThemGoOn) {
  Append(2);
  const auto runner = Start();
  ViewContext* context = seen_.Await();
  ASSERT_NE(context, nullptr);
  const auto reader = context->OpenReader({"t", 0});
  EXPECT_EQ(reader->Read(1, 1000, 60s, {}).size(), 1U);
  runner->SetPaused(true);
  EXPECT_TRUE(AwaitState(runner, State::kPaused));
  EXPECT_TRUE(reader->Read(1, 1000, 10ms, {}).empty());
  runner->SetPaused(false);
  EXPECT_TRUE(AwaitState(runner, State::kRunning));
  EXPECT_EQ(reader->Read(1, 1000, 60s, {}).at(0).offset, 1);
  EXPECT_EQ(seen_.made(), 1);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewRunnerTest, ThatStartsPausedIsThereAndPaused) {
  const auto runner = Start({}, true);
  EXPECT_NE(seen_.Await(), nullptr);
  EXPECT_TRUE(AwaitState(runner, State::kPaused));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewRunnerTest, FailsAtARecordThatTheViewRejects) {
  Append(1);
  const auto runner = Start();
  ViewContext* context = seen_.Await();
  ASSERT_NE(context, nullptr);
  {
    const auto record = context->OpenReader({"t", 0})->Read(1, 1000, 60s, {}).at(0);
    context->Reject(record, {.message = "is not an image", .kind = "not-an-image"});
  }
  ASSERT_TRUE(runner->AwaitEnd(std::chrono::steady_clock::now() + 60s));
  EXPECT_EQ(runner->Status().state, State::kFailed);
  EXPECT_THAT(runner->Status().trace, testing::HasSubstr("record 0 of t-0 is not an image; or skip such records with "
                                                         "errors.tolerance = all"));
  const auto problems = runner->Status().problems;
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].kind.text(), "not-an-image");
  EXPECT_FALSE(runner->Status().metrics.contains("records_skipped")) << "it was not left out";
  EXPECT_EQ(problems[0].facts.at("offset"), Fields::mapped_type(std::int64_t{0}));
}

TEST_F(ViewRunnerTest, CommitsNothingOfItsOwnGroupBehindARecordThatFailsItsTask) {
  Append(3);
  const TaskIdentity identity{"showing", 0, "Showing"};
  TaskState state([](State, const std::string&, const std::string&) {});
  EffectGate gate;
  ViewContextOfTask context(identity, state, gate, {"t"}, broker_, {.connector = "showing"}, *store_, false);
  const auto record = context.OpenReader({"t", 0})->Read(2, 1000, 60s, {}).at(1);
  context.CommitOffset(context.group(), {"t", 0}, 1);
  context.Reject(record, {.message = "is not an image", .kind = "not-an-image"});
  context.CommitOffset(context.group(), {"t", 0}, 3);
  context.CommitOffset(context.group() + "/other", {"t", 0}, 3);
  EXPECT_EQ(store_->ConsumerOffset("connect-showing", {"t", 0}), 1);
  EXPECT_EQ(store_->ConsumerOffset("connect-showing/other", {"t", 0}), 3) << "who only looks passes it over";
}

TEST_F(ViewRunnerTest, GoesOnPastARejectedRecordWhereErrorsAreTolerated) {
  Append(2);
  const auto runner = Start({{"errors.tolerance", "all"}});
  ViewContext* context = seen_.Await();
  ASSERT_NE(context, nullptr);
  const auto reader = context->OpenReader({"t", 0});
  context->Reject(reader->Read(1, 1000, 60s, {}).at(0), {.message = "is not an image", .kind = "not-an-image"});
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("records_skipped")), 1);
  EXPECT_EQ(reader->Read(1, 1000, 60s, {}).at(0).offset, 1);
  EXPECT_TRUE(AwaitState(runner, State::kRunning));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewRunnerTest, CountsARecordOnceHoweverManyOfItsViewersComeToIt) {
  Append(2);
  const auto runner = Start({{"errors.tolerance", "all"}, {"errors.deadletterqueue.topic.name", "dead"}});
  ViewContext* context = seen_.Await();
  ASSERT_NE(context, nullptr);
  for (int viewer = 0; viewer < 3; ++viewer) {
    for (const SinkRecord& record : context->OpenReader({"t", 0})->Read(2, 1000, 60s, {}))
      context->Reject(record, {.message = "is not an image", .kind = "not-an-image"});
  }
  EXPECT_EQ(std::get<std::int64_t>(runner->Status().metrics.at("records_skipped")), 2);
  EXPECT_TRUE(Stop(runner));
  EXPECT_EQ(broker_.Records("dead").size(), 2U);
}

TEST_F(ViewRunnerTest, SendsARejectedRecordToTheDeadLetterTopic) {
  Append(1);
  const auto runner = Start({{"errors.tolerance", "all"},
                             {"errors.deadletterqueue.topic.name", "dead"},
                             {"errors.deadletterqueue.context.headers.enable", "true"}});
  ViewContext* context = seen_.Await();
  ASSERT_NE(context, nullptr);
  const auto reader = context->OpenReader({"t", 0});
  context->Reject(reader->Read(1, 1000, 60s, {}).at(0), {.message = "is not an image", .kind = "not-an-image"});
  ASSERT_TRUE(broker_.AwaitRecords("dead", 1));
  EXPECT_TRUE(Stop(runner));
  const Headers headers = broker_.Records("dead").front().record.headers;
  EXPECT_EQ(FindHeader(headers, "__connect.errors.exception.message"), "is not an image");
  EXPECT_EQ(FindHeader(headers, "__connect.errors.class.name"), "Showing");
  EXPECT_EQ(FindHeader(headers, "__connect.errors.exception.class.name"), "not-an-image");
}

}  // namespace
}  // namespace framespool::runtime
