#include <produce/record_writer.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/memory_broker.h"

namespace framespool::produce {
namespace {

using testing::HasSubstr;

/// A broker with a topic of its own, and whose producers confirm when the test lets them.
class SlowBroker final : public MemoryBroker {
 public:
  std::string KeeperOf(const std::string& topic) const override {
    return topic == "own" ? "this worker (its.key)" : "";
  }
  std::unique_ptr<broker::Producer> OpenProducer(const broker::ClientSettings& settings,
                                                 broker::AckHandler on_ack) override {
    settings_ = settings;
    if (!is_silent) return MemoryBroker::OpenProducer(settings, std::move(on_ack));
    return std::make_unique<Silent>();
  }

  bool is_silent = false;
  broker::ClientSettings settings_;

 private:
  struct Silent final : broker::Producer {
    void Append(std::vector<SourceRecord>&&) override {}
    void Service(std::chrono::milliseconds) override {}
    std::size_t Outstanding() const noexcept override { return 1; }
  };
};

class RecordWriterTest : public testing::Test {
 protected:
  RecordWriterTest() { broker_.EnsureTopic({.name = "t", .partitions = 2, .config = {}}); }

  Problem ProblemOf(const base::Outcome<WrittenRecord>& outcome) {
    EXPECT_FALSE(outcome);
    return outcome ? Problem{} : outcome.error().problems.front();
  }
  void Fill(SyncPoint sync_point) {
    SourceRecord record{.topic = "t",
                        .partition = 0,
                        .value = TextPayload("v"),
                        .headers = {},
                        .timestamp = Now(),
                        .source_partition = {},
                        .source_offset = {},
                        .sync_point = sync_point};
    std::vector<SourceRecord> records;
    records.push_back(std::move(record));
    broker_.OpenProducer({.connector = "x"}, [](auto, auto, const auto&) {})->Append(std::move(records));
  }

  SlowBroker broker_;
  RecordWriter writer_{broker_, std::chrono::milliseconds(1)};
};

TEST_F(RecordWriterTest, WritesARecordAsItIsAndSaysWhere) {
  int syncs = 0;
  broker_.OnSync([&] { ++syncs; });
  Fill(SyncPoint::kEach);
  const auto written = writer_.Write({.topic = "t",
                                      .partition = 0,
                                      .key = "door",
                                      .value = TextPayload("open"),
                                      .headers = {{"by", "hand"}, {"by", "two"}},
                                      .timestamp = Timestamp(std::chrono::milliseconds(5))});
  ASSERT_TRUE(written);
  EXPECT_EQ(written->partition, 0);
  EXPECT_EQ(written->offset, 1);
  EXPECT_EQ(written->timestamp, Timestamp(std::chrono::milliseconds(5)));
  EXPECT_EQ(syncs, 1) << "it was told of before it was durable";
  const auto stored = broker_.Records("t").back();
  EXPECT_EQ(stored.record.key, "door");
  EXPECT_EQ(stored.record.value.text(), "open");
  EXPECT_EQ(stored.record.headers, (Headers{{"by", "hand"}, {"by", "two"}}));
  EXPECT_EQ(stored.record.sync_point, SyncPoint::kEach);
  EXPECT_EQ(stored.source.connector, "") << "it has moved a connector's source offset";
  EXPECT_FALSE(broker_.settings_.keeps_source_offsets) << "it is written within a connector's transactions";
}

TEST_F(RecordWriterTest, WritesATombstoneWithTheTimeOfNow) {
  const Timestamp before = Now();
  const auto written = writer_.Write({.topic = "t", .key = "door"});
  ASSERT_TRUE(written);
  EXPECT_GE(written->timestamp, before);
  EXPECT_TRUE(broker_.Records("t").back().record.value.is_null());
}

TEST_F(RecordWriterTest, MakesNoTopic) {
  EXPECT_EQ(ProblemOf(writer_.Write({.topic = "none", .value = TextPayload("v")})).kind.text(), "no-such-topic");
  EXPECT_FALSE(broker_.PartitionCounts().contains("none"));
}

TEST_F(RecordWriterTest, LeavesWhatTheWorkerKeepsForItself) {
  broker_.EnsureTopic({.name = "own", .partitions = {}, .config = {}});
  const Problem problem = ProblemOf(writer_.Write({.topic = "own", .value = TextPayload("v")}));
  EXPECT_EQ(problem.kind.text(), "topic-reserved");
  EXPECT_THAT(problem.message, HasSubstr("its.key"));
  EXPECT_TRUE(broker_.Records("own").empty());
}

TEST_F(RecordWriterTest, RefusesWhatCannotBeWithItsField) {
  const auto refused = [&](NewRecord record) {
    record.topic = std::string("t");
    const Problem problem = ProblemOf(writer_.Write(std::move(record)));
    return problem.field + " " + std::string(problem.kind.text());
  };
  EXPECT_EQ(refused({.partition = 2}), "partition no-such-partition");
  EXPECT_EQ(refused({.partition = -1}), "partition no-such-partition");
  EXPECT_EQ(refused({.timestamp = Now() + std::chrono::hours(2)}), "timestamp out-of-range");
  EXPECT_EQ(refused({.headers = {{"a", ""}, {"framespool.sync.point", "here"}}}), "headers[1].key not-allowed");
  EXPECT_TRUE(broker_.Records("t").empty());
}

TEST_F(RecordWriterTest, AsksWhereReadersCanBeginInATopicThatIsMarked) {
  Fill(SyncPoint::kHere);
  Fill(SyncPoint::kBefore);
  const Problem problem = ProblemOf(writer_.Write({.topic = "t", .value = TextPayload("v")}));
  EXPECT_EQ(problem.kind.text(), "sync-point-missing");
  EXPECT_EQ(problem.field, "sync_point");
  EXPECT_TRUE(writer_.Write({.topic = "t", .partition = 1, .value = TextPayload("v")})) << "that partition is empty";
  EXPECT_TRUE(writer_.Write({.topic = "t", .value = TextPayload("v"), .sync_point = SyncPoint::kHere}));
  EXPECT_EQ(broker_.Records("t").back().record.sync_point, SyncPoint::kHere);
}

TEST_F(RecordWriterTest, SaysThatARecordIsTooLarge) {
  class Small final : public MemoryBroker {
    std::unique_ptr<broker::Producer> OpenProducer(const broker::ClientSettings&, broker::AckHandler) override {
      throw broker::RecordRefused(Problem{.message = "9 bytes are more than 8", .kind = kind::kRecordTooLarge});
    }
  } small;
  small.EnsureTopic({.name = "t", .partitions = {}, .config = {}});
  RecordWriter writer(small);
  const auto outcome = writer.Write({.topic = "t", .value = TextPayload("v")});
  EXPECT_EQ(ProblemOf(outcome).field, "value");
  EXPECT_EQ(ProblemOf(outcome).kind, kind::kRecordTooLarge);
  EXPECT_EQ(outcome.error().reason, base::Reason::kInvalid);
}

TEST_F(RecordWriterTest, DoesNotClaimToKnowWhatBecameOfARecordThatIsNotConfirmed) {
  broker_.is_silent = true;
  const auto outcome = writer_.Write({.topic = "t", .value = TextPayload("v")});
  EXPECT_EQ(ProblemOf(outcome).kind.text(), "record-unconfirmed");
  EXPECT_EQ(outcome.error().reason, base::Reason::kUnavailable);
}

TEST_F(RecordWriterTest, SaysWhereARecordIsThatAPowerFailureMayTake) {
  broker_.OnSync([] { throw RetriableError("the disk said no"); });
  const Problem problem = ProblemOf(writer_.Write({.topic = "t", .value = TextPayload("v")}));
  EXPECT_EQ(problem.kind.text(), "record-unconfirmed");
  EXPECT_THAT(problem.message, HasSubstr("offset 0 of partition 0"));
}

TEST_F(RecordWriterTest, StopsWaitingWhenTheWorkerStops) {
  broker_.is_silent = true;
  RecordWriter patient(broker_, std::chrono::hours(1));
  std::promise<base::Outcome<WrittenRecord>> told;
  patient.Post([&] { told.set_value(patient.Write({.topic = "t", .value = TextPayload("v")})); });
  patient.Stop();
  auto outcome = told.get_future();
  ASSERT_EQ(outcome.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_FALSE(outcome.get());
  EXPECT_EQ(ProblemOf(patient.Write({.topic = "t"})).kind.text(), "worker-stopping");
}

}  // namespace
}  // namespace framespool::produce
