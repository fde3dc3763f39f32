// What the readers of a view deliver where its connector has transforms.
#include <framespool/data.h>
#include <gmock/gmock.h>
#include <store_sqlite/sqlite_store.h>
#include <view_runner.h>

#include "fakes/eventually.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::mutex shown_mutex;
ViewContext* shown = nullptr;  // while a view lives

class Showing final : public View {
 public:
  struct Config {
    std::vector<std::string> topics;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topics", &Config::topics, "What to show.").Required();
    return def;
  }
  Showing(const Config& /*config*/, ViewContext& context) { Tell(&context); }
  ~Showing() override { Tell(nullptr); }

 private:
  static void Tell(ViewContext* context) {
    const std::lock_guard lock(shown_mutex);
    shown = context;
  }
};

ViewContext* Shown() {
  const std::lock_guard lock(shown_mutex);
  return shown;
}

/// Leaves out the records whose header `number` fits, and takes a field of those with a value that is data.
RawConfig Dropping(const std::string& numbers) {
  return {{"topics", "t"},
          {"transforms", "mark,drop"},
          {"transforms.mark.type", "InsertHeader"},
          {"transforms.mark.header", "seen"},
          {"transforms.mark.value.literal", "yes"},
          {"transforms.drop.type", "Filter"},
          {"transforms.drop.predicate", "some"},
          {"predicates", "some"},
          {"predicates.some.type", "HeaderMatches"},
          {"predicates.some.name", "number"},
          {"predicates.some.pattern", numbers}};
}

/// Takes a field of JSON, which "nonsense" is not.
const RawConfig kField{{"topics", "t"},
                       {"value.converter", "JsonConverter"},
                       {"value.converter.schemas.enable", "false"},
                       {"transforms", "field"},
                       {"transforms.field.type", "ExtractField$Value"},
                       {"transforms.field.field", "text"}};

class ViewChainTest : public testing::Test {
 protected:
  /// Ten records with a header of their number.
  void Append(const std::function<std::string(int)>& value = [](int i) { return "v" + std::to_string(i); }) {
    const auto producer = broker_.OpenProducer({.connector = "source"}, [](auto, auto, const auto&) {});
    for (int i = 0; i < 10; ++i) {
      producer->Append({{.topic = "t",
                         .partition = 0,
                         .key = std::nullopt,
                         .value = TextPayload(value(i)),
                         .headers = {{"number", std::to_string(i)}},
                         .timestamp = Now(),
                         .source_partition = {},
                         .source_offset = {}}});
    }
  }

  std::shared_ptr<ViewRunner> Start(RawConfig config, const RawConfig& more = {}) {
    for (const auto& [key, value] : more) config[key] = value;
    auto runner = std::make_shared<ViewRunner>(
        TaskIdentity{"showing", 0, "Showing"}, [](State, const std::string&, const std::string&) {}, std::move(config),
        []() -> plugins::Plugin {
          static constexpr PluginEntry kEntry = ViewOf<Showing>("Showing", "Shows.");
          return plugins::Plugin(kEntry);
        },
        broker_, *store_, &plugins_);
    runner->Start(false);
    return runner;
  }

  static std::unique_ptr<TopicReader> Reader() {
    EXPECT_TRUE(fakes::Eventually([] { return Shown() != nullptr; }));
    return Shown() == nullptr ? nullptr : Shown()->OpenReader({"t", 0});
  }

  static bool Stop(const std::shared_ptr<ViewRunner>& runner) {
    runner->RequestStop();
    return runner->AwaitEnd(std::chrono::steady_clock::now() + 60s);
  }

  static std::vector<std::int64_t> OffsetsOf(const std::vector<SinkRecord>& records) {
    std::vector<std::int64_t> offsets;
    for (const SinkRecord& record : records) offsets.push_back(record.offset);
    return offsets;
  }

  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
  plugins::PluginRegistry plugins_{{PLUGINS}};
};

TEST_F(ViewChainTest, ReadersDeliverWhatTheTransformsMakeOfARecordAndPassOverWhatTheyLeaveOut) {
  Append();
  const auto runner = Start(Dropping("[1-8]"));
  const auto reader = Reader();
  ASSERT_NE(reader, nullptr);
  const auto records = reader->Read(100, 1 << 20, 60s, {});
  EXPECT_THAT(OffsetsOf(records), ElementsAre(0, 9));
  EXPECT_EQ(FindHeader(records.front().headers, "seen"), "yes");
  EXPECT_EQ(reader->position(), 10);
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewChainTest, AJumpToARecordThatIsLeftOutGoesOnWithTheNext) {
  Append();
  const auto runner = Start(Dropping("[2-6]"));
  const auto reader = Reader();
  ASSERT_NE(reader, nullptr);
  for (const auto& [from, found] : std::map<std::int64_t, std::int64_t>{{4, 7}, {0, 0}, {9, 9}, {2, 7}, {1, 1}}) {
    reader->Seek(from);
    EXPECT_EQ(reader->position(), from);
    EXPECT_THAT(OffsetsOf(reader->Read(1, 1 << 20, 60s, {})), ElementsAre(found)) << from;
    EXPECT_EQ(reader->position(), found + 1);
  }
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewChainTest, AChainThatLeavesAllOutIsWaitedForNoLongerThanAsked) {
  Append();
  const auto runner = Start(Dropping("[0-9]"));
  const auto reader = Reader();
  ASSERT_NE(reader, nullptr);
  EXPECT_THAT(reader->Read(100, 1 << 20, 1ms, {}), IsEmpty());
  EXPECT_TRUE(fakes::Eventually([&] { return reader->Read(1, 1, 0ms, {}).empty() && reader->position() == 10; }));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewChainTest, ARecordThatFailsIsToldWithItselfAndDoesNotStandInTheWayOfOthers) {
  Append([](int i) { return i == 3 ? "nonsense" : R"({"text": "t)" + std::to_string(i) + "\"}"; });
  const auto runner = Start(kField);
  const auto reader = Reader();
  ASSERT_NE(reader, nullptr);
  const auto before = reader->Read(100, 1 << 20, 60s, {});
  ASSERT_THAT(OffsetsOf(before), ElementsAre(0, 1, 2));
  EXPECT_EQ(before[1].value.text(), "\"t1\"");
  try {
    reader->Read(100, 1 << 20, 60s, {});
    FAIL() << "nonsense is JSON";
  } catch (const UnusableRecord& error) {
    EXPECT_EQ(error.record().offset, 3);
    EXPECT_EQ(error.record().value.text(), "nonsense");
    EXPECT_THAT(error.problem().message, HasSubstr("does not pass value.converter (JsonConverter)"));
    EXPECT_EQ(error.problem().facts.at("stage"), Fields::mapped_type(std::string("VALUE_CONVERTER")));
  }
  EXPECT_EQ(reader->position(), 3);
  EXPECT_THROW(reader->Read(1, 1 << 20, 60s, {}), UnusableRecord);
  reader->Seek(4);
  EXPECT_THAT(OffsetsOf(reader->Read(100, 1 << 20, 60s, {})), ElementsAre(4, 5, 6, 7, 8, 9));
  EXPECT_EQ(runner->Status().state, State::kRunning) << "to look fails nothing";
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewChainTest, WhatTheViewRejectsOfThemIsADeadLetterOfTheStageThatFailed) {
  Append([](int) { return "nonsense"; });
  const auto runner = Start(kField, {{"errors.tolerance", "all"},
                                     {"errors.deadletterqueue.topic.name", "dead"},
                                     {"errors.deadletterqueue.context.headers.enable", "true"}});
  const auto reader = Reader();
  ASSERT_NE(reader, nullptr);
  try {
    reader->Read(1, 1 << 20, 60s, {});
    FAIL() << "nonsense is JSON";
  } catch (const UnusableRecord& error) {
    Shown()->Reject(error.record(), error.problem());
  }
  ASSERT_TRUE(broker_.AwaitRecords("dead", 1));
  EXPECT_TRUE(Stop(runner));
  const SinkRecord letter = broker_.Records("dead").front().record;
  EXPECT_EQ(letter.value.text(), "nonsense");
  EXPECT_EQ(FindHeader(letter.headers, "__connect.errors.stage"), "VALUE_CONVERTER");
  EXPECT_EQ(FindHeader(letter.headers, "__connect.errors.class.name"), "JsonConverter");
  EXPECT_THAT(FindHeader(letter.headers, "__connect.errors.exception.class.name").value_or(""),
              testing::StartsWith("std::"));
}

TEST_F(ViewChainTest, ATaskWhoseChainGoesByTheRecordsBeforeFailsAndNamesTheKey) {
  const auto runner = Start(Dropping("1"), {{"predicates.some.type", "EveryNth"}, {"predicates.some.n", "2"}});
  ASSERT_TRUE(runner->AwaitEnd(std::chrono::steady_clock::now() + 60s));
  EXPECT_EQ(runner->Status().state, State::kFailed);
  EXPECT_THAT(runner->Status().trace, AllOf(HasSubstr("predicates.some.type"), HasSubstr("by the record alone")));
}

}  // namespace
}  // namespace framespool::runtime
