// What the readers of a view deliver where its connector has transforms.
#include <framespool/data.h>
#include <gmock/gmock.h>

#include <functional>

#include "fakes/eventually.h"
#include "fakes/showing_view.h"
#include "task_fixture.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

class ViewChainTest : public TaskFixture {
 protected:
  /// Ten records with a header of their number.
  void AppendTen(const std::function<std::string(int)>& value = [](int i) { return "v" + std::to_string(i); }) {
    std::vector<SourceRecord> records(10);
    for (int i = 0; i < 10; ++i) {
      auto& record = records[static_cast<std::size_t>(i)];
      record.value = TextPayload(value(i));
      record.headers = {{"number", std::to_string(i)}};
    }
    Append("t", std::move(records));
  }

  std::shared_ptr<ViewRunner> Start(const RawConfig& config, const RawConfig& more = {}) {
    return RunView<fakes::Showing>("showing", "Showing", With(config, more));
  }

  std::unique_ptr<TopicReader> Reader() {
    ViewContext* context = shown_.Await();
    EXPECT_NE(context, nullptr);
    return context == nullptr ? nullptr : context->OpenReader({"t", 0});
  }

  static std::vector<std::int64_t> OffsetsOf(const std::vector<SinkRecord>& records) {
    std::vector<std::int64_t> offsets;
    for (const SinkRecord& record : records) offsets.push_back(record.offset);
    return offsets;
  }

  fakes::ShownView shown_;
};

TEST_F(ViewChainTest, ReadersDeliverWhatTheTransformsMakeOfARecordAndPassOverWhatTheyLeaveOut) {
  AppendTen();
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
  AppendTen();
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
  AppendTen();
  const auto runner = Start(Dropping("[0-9]"));
  const auto reader = Reader();
  ASSERT_NE(reader, nullptr);
  EXPECT_THAT(reader->Read(100, 1 << 20, 1ms, {}), IsEmpty());
  EXPECT_TRUE(fakes::Eventually([&] { return reader->Read(1, 1, 0ms, {}).empty() && reader->position() == 10; }));
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewChainTest, ARecordThatFailsIsToldWithItselfAndDoesNotStandInTheWayOfOthers) {
  AppendTen([](int i) { return i == 3 ? "nonsense" : R"({"text": "t)" + std::to_string(i) + "\"}"; });
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
  EXPECT_TRUE(fakes::Eventually([&] { return runner->Status().state == State::kRunning; })) << "to look fails nothing";
  EXPECT_TRUE(Stop(runner));
}

TEST_F(ViewChainTest, WhatTheViewRejectsOfThemIsADeadLetterOfTheStageThatFailed) {
  AppendTen([](int) { return "nonsense"; });
  const auto runner = Start(kField, {{"errors.tolerance", "all"},
                                     {"errors.deadletterqueue.topic.name", "dead"},
                                     {"errors.deadletterqueue.context.headers.enable", "true"}});
  const auto reader = Reader();
  ASSERT_NE(reader, nullptr);
  try {
    reader->Read(1, 1 << 20, 60s, {});
    FAIL() << "nonsense is JSON";
  } catch (const UnusableRecord& error) {
    shown_.context()->Reject(error.record(), error.problem());
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
  ASSERT_TRUE(Failed(runner));
  EXPECT_THAT(runner->Status().trace, AllOf(HasSubstr("predicates.some.type"), HasSubstr("by the record alone")));
}

}  // namespace
}  // namespace framespool::runtime
