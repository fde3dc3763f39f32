#include "record_look.h"

#include <gmock/gmock.h>

#include "fakes/memory_broker.h"

namespace framespool::inspect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RecordLookTest : public testing::Test {
 protected:
  RecordLookTest() { limits_.time = std::chrono::minutes(5); }

  /// `count` records more, a second apart, each fourth of key "door".
  void Write(std::int64_t count, const std::string& value = "v") {
    const auto producer = broker_.OpenProducer({.connector = "x"}, [](auto, auto, const auto&) {});
    for (; count > 0; --count, ++next_) {
      SourceRecord record{.topic = "t",
                          .partition = {},
                          .key = next_ % 4 == 0 ? "door" : "yard",
                          .value = TextPayload(value),
                          .headers = {{"number", std::to_string(next_)}},
                          .timestamp = Timestamp(std::chrono::seconds(next_)),
                          .source_partition = {},
                          .source_offset = {}};
      std::vector<SourceRecord> records;
      records.push_back(std::move(record));
      producer->Append(std::move(records));
    }
  }
  RecordReport Look(RecordQuery query) {
    query.topic = std::string("t");  // GCC 12 warns of an assignment of text here, wrongly
    auto report = LookAtRecords(broker_, query, limits_);
    if (!report) throw std::runtime_error(report.error().message);
    return *std::move(report);
  }
  static std::vector<std::int64_t> OffsetsOf(const RecordReport& report) {
    std::vector<std::int64_t> offsets;
    for (const TopicRecord& record : report.records) offsets.push_back(record.offset);
    return offsets;
  }

  MemoryBroker broker_;
  RecordLimits limits_;
  std::int64_t next_ = 0;
};

TEST_F(RecordLookTest, ShowsTheNewestAndGoesBackFromThere) {
  Write(10);
  const auto newest = Look({.limit = 3});
  EXPECT_THAT(OffsetsOf(newest), ElementsAre(7, 8, 9));
  EXPECT_EQ(newest.begin, 7);
  EXPECT_EQ(newest.end, 10);
  EXPECT_EQ(newest.records.front().headers.front().value, "7");
  const auto older = Look({.before = newest.begin, .limit = 3});
  EXPECT_THAT(OffsetsOf(older), ElementsAre(4, 5, 6));
  EXPECT_THAT(OffsetsOf(Look({.before = 2, .limit = 3})), ElementsAre(0, 1));
  EXPECT_THAT(OffsetsOf(Look({.before = 0})), IsEmpty());
}

TEST_F(RecordLookTest, GoesOnFromAnOffset) {
  Write(10);
  const auto report = Look({.offset = 4, .limit = 2});
  EXPECT_THAT(OffsetsOf(report), ElementsAre(4, 5));
  EXPECT_THAT(OffsetsOf(Look({.offset = report.end})), ElementsAre(6, 7, 8, 9));
  EXPECT_THAT(OffsetsOf(Look({.offset = 1'000'000'000'000})), IsEmpty());
}

TEST_F(RecordLookTest, FindsATime) {
  Write(10);
  EXPECT_THAT(OffsetsOf(Look({.time = Timestamp(std::chrono::milliseconds(6500)), .limit = 2})), ElementsAre(7, 8));
  EXPECT_THAT(OffsetsOf(Look({.time = Timestamp(std::chrono::hours(1))})), IsEmpty());
}

TEST_F(RecordLookTest, FindsAKeyForwardsAndBackwards) {
  Write(100);
  EXPECT_THAT(OffsetsOf(Look({.offset = 1, .key = "door", .limit = 3})), ElementsAre(4, 8, 12));
  const auto newest = Look({.key = "door", .limit = 3});
  EXPECT_THAT(OffsetsOf(newest), ElementsAre(88, 92, 96));
  EXPECT_THAT(OffsetsOf(Look({.before = newest.begin, .key = "door", .limit = 2})), ElementsAre(80, 84));
  EXPECT_THAT(OffsetsOf(Look({.key = "nobody"})), IsEmpty());
  EXPECT_EQ(Look({.key = "nobody"}).begin, 0);
}

TEST_F(RecordLookTest, AKeyThatIsSeldomIsLookedForSoFarAndNoFurther) {
  Write(100);
  limits_.records = 40;
  const auto back = Look({.key = "nobody", .limit = 10});
  EXPECT_GE(back.looked_at, 40);
  EXPECT_GT(back.begin, 0);
  const auto forward = Look({.offset = 0, .key = "nobody", .limit = 10});
  EXPECT_GE(forward.looked_at, 40);
}

TEST_F(RecordLookTest, LargeValuesAreToldByTheirBeginnings) {
  Write(1, std::string(5000, 'x'));
  limits_.beginning = 10;
  EXPECT_EQ(Look({.whole_value = 4999}).records.front().value, std::string(10, 'x'));
  EXPECT_EQ(Look({.whole_value = 4999}).records.front().value_bytes, 5000U);
  EXPECT_EQ(Look({.whole_value = 5000}).records.front().value, std::string(5000, 'x'));
  limits_.room_for_values = 4000;
  EXPECT_EQ(Look({.whole_value = 5000}).records.front().value, std::string(10, 'x'));
}

TEST_F(RecordLookTest, RefusesWhatThereIsNotAndMakesNothing) {
  EXPECT_EQ(LookAtRecords(broker_, {.topic = "t"}, limits_).error().problems.front().kind,
            ProblemKind("no-such-topic"));
  EXPECT_FALSE(broker_.Describe("t"));
  Write(1);
  EXPECT_EQ(LookAtRecords(broker_, {.topic = "t", .partition = 1}, limits_).error().problems.front().kind,
            ProblemKind("no-such-partition"));
  EXPECT_EQ(broker_.PartitionCounts().at("t"), 1);
}

}  // namespace
}  // namespace framespool::inspect
