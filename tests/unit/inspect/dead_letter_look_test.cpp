#include "dead_letter_look.h"

#include <gmock/gmock.h>

#include <runtime/dead_letter_headers.h>

#include "fakes/memory_broker.h"

namespace framespool::inspect {
namespace {

namespace dead_letter = runtime::dead_letter;
using testing::SizeIs;

class DeadLetterLookTest : public testing::Test {
 protected:
  DeadLetterLookTest() { limits_.time = std::chrono::minutes(5); }

  /// One more letter of `connector`, read from topic "numbers".
  SourceRecord Letter(const std::string& connector, const std::string& message) {
    SourceRecord record{.topic = "dead",
                        .partition = {},
                        .key = "k",
                        .value = TextPayload("v"),
                        .headers = {{"site", "yard"}},
                        .timestamp = Timestamp(std::chrono::milliseconds(++time_)),
                        .source_partition = {},
                        .source_offset = {}};
    const auto add = [&](std::string_view name, const std::string& value) {
      record.headers.push_back({std::string(name), value});
    };
    if (!connector.empty()) add(dead_letter::kConnectorName, connector);
    add(dead_letter::kTopic, "numbers");
    add(dead_letter::kStage, "TRANSFORMATION");
    add(dead_letter::kExceptionClass, "DataException");
    add(dead_letter::kExceptionMessage, message);
    return record;
  }
  void Write(std::vector<SourceRecord> records) {
    const auto ignore = [](auto, auto, const auto&) {};
    broker_.OpenProducer({.connector = "x"}, ignore)->Append(std::move(records));
  }
  DeadLetterReport Look() { return LookAtDeadLetters(broker_, "dead", "view", limits_); }

  MemoryBroker broker_;
  LookLimits limits_;
  std::int64_t time_ = 0;
};

TEST_F(DeadLetterLookTest, MakesNoTopicThatThereIsNot) {
  EXPECT_FALSE(Look().exists);
  EXPECT_FALSE(broker_.Describe("dead"));
}

TEST_F(DeadLetterLookTest, HasSeenAllOfAnEmptyTopic) {
  broker_.EnsureTopic({.name = "dead", .partitions = 2, .config = {}});
  const auto report = Look();
  EXPECT_TRUE(report.exists);
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(report.records, 0);
  EXPECT_THAT(report.reasons, SizeIs(0));
}

TEST_F(DeadLetterLookTest, CountsItsOwnByReasonAndThoseOfOthersApart) {
  for (int i = 0; i < 3; ++i)
    Write({Letter("view", std::to_string(100 + i) + " is no \"int" + std::to_string(i) + "\"")});
  Write({Letter("other", "no"), Letter("view", "no picture"), Letter("", "who knows")});
  const auto report = Look();
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(report.records, 6);
  EXPECT_EQ(report.looked_at, 6);
  EXPECT_EQ(report.own, 4);
  EXPECT_EQ(report.others, 1);
  EXPECT_EQ(report.unnamed, 1);
  ASSERT_THAT(report.reasons, SizeIs(3));
  const DeadLetterReason& first = report.reasons.front();
  EXPECT_EQ(first.count, 3);
  EXPECT_EQ(first.message, "102 is no \"int2\"");
  EXPECT_TRUE(first.messages_differ);
  EXPECT_EQ(first.topic, "numbers");
  EXPECT_EQ(first.stage, "TRANSFORMATION");
  EXPECT_EQ(first.exception_class, "DataException");
  EXPECT_EQ(first.first, Timestamp(std::chrono::milliseconds(1)));
  EXPECT_EQ(first.last, Timestamp(std::chrono::milliseconds(3)));
  EXPECT_FALSE(report.reasons[1].is_named && report.reasons[2].is_named);
}

TEST_F(DeadLetterLookTest, KeepsTheNewestLettersAsTheyAre) {
  Write({Letter("view", "a"), Letter("view", "a")});
  SourceRecord empty = Letter("view", "a");
  empty.key.reset();
  empty.value = Value();
  empty.headers.push_back({std::string(dead_letter::kValueBytes), "9000000"});
  Write({empty});
  const auto report = Look();
  ASSERT_THAT(report.letters, SizeIs(3));
  EXPECT_EQ(report.reasons.at(0).without_value, 1);
  EXPECT_EQ(report.letters[0].record.offset, 2);
  EXPECT_EQ(report.letters[0].record.key, std::nullopt);
  EXPECT_EQ(report.letters[0].record.value, std::nullopt);
  EXPECT_EQ(report.letters[1].record.offset, 1);
  EXPECT_EQ(report.letters[1].record.key, "k");
  EXPECT_EQ(report.letters[1].record.value, "v");
  EXPECT_EQ(report.letters[1].record.value_bytes, 1U);
  EXPECT_EQ(report.letters[1].record.headers.front(), (Header{"site", "yard"}));
}

TEST_F(DeadLetterLookTest, LooksAtTheNewestOfMoreThanItMay) {
  limits_.records = 300;
  for (int i = 0; i < 1000; ++i) Write({Letter("view", i < 900 ? "old" : "new")});
  const auto report = Look();
  EXPECT_FALSE(report.is_complete);
  EXPECT_EQ(report.records, 1000);
  EXPECT_EQ(report.looked_at, 300);
  ASSERT_THAT(report.reasons, SizeIs(2));
  EXPECT_EQ(report.reasons[0].message, "old");
  EXPECT_EQ(report.reasons[0].count, 200);
  EXPECT_EQ(report.reasons[1].count, 100);
  EXPECT_THAT(report.letters, SizeIs(2 * limits_.letters_of_a_reason));
  EXPECT_EQ(report.letters.front().record.offset, 999);
}

TEST_F(DeadLetterLookTest, LooksAtAllPartitionsOfATopic) {
  broker_.EnsureTopic({.name = "dead", .partitions = 4, .config = {}});
  for (int i = 0; i < 800; ++i) {
    SourceRecord letter = Letter("view", "no");
    letter.partition = i % 8 == 0 ? 1 : 3;  // one has more than the other, and two have none
    Write({letter});
  }
  const auto report = Look();
  EXPECT_TRUE(report.is_complete);
  EXPECT_EQ(report.own, 800);
  EXPECT_EQ(report.letters.front().record.partition, 3);
}

TEST_F(DeadLetterLookTest, ShowsOnlySoManyReasonsAndTheBeginningOfWhatIsLarge) {
  limits_.reasons = 2;
  limits_.whole_value = 10;
  limits_.beginning = 4;
  SourceRecord large = Letter("view", "a");
  large.timestamp += std::chrono::seconds(1);
  large.value = TextPayload(std::string(20, 'x'));
  Write({Letter("view", "c"), Letter("view", "b"), Letter("view", "b"), Letter("view", "a"), large});
  const auto report = Look();
  EXPECT_THAT(report.reasons, SizeIs(2));
  EXPECT_EQ(report.in_further_reasons, 1);
  EXPECT_THAT(report.letters, SizeIs(4));
  EXPECT_EQ(report.letters.front().record.value, "xxxx");
  EXPECT_EQ(report.letters.front().record.value_bytes, 20U);
}

TEST_F(DeadLetterLookTest, CutsTextsThatHaveNoEnd) {
  SourceRecord endless = Letter("view", std::string(100'000, 'm'));
  endless.key = std::string(100'000, 'k');
  Write({endless});
  const auto report = Look();
  EXPECT_THAT(report.reasons.at(0).message, SizeIs(4000));
  EXPECT_THAT(*report.letters.at(0).record.key, SizeIs(4000));
  for (const Header& header : report.letters.at(0).record.headers) EXPECT_LE(header.value.size(), 4000U);
}

TEST_F(DeadLetterLookTest, SaysThatItHasNotSeenAllWhenItsTimeIsUp) {
  Write({Letter("view", "a")});
  limits_.time = std::chrono::milliseconds(-1);
  const auto report = Look();
  EXPECT_EQ(report.records, 1);
  EXPECT_EQ(report.looked_at, 0);
  EXPECT_FALSE(report.is_complete);
}

}  // namespace
}  // namespace framespool::inspect
