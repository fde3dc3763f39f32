#pragma once

#include <broker/broker.h>
#include <framespool/errors.h>
#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fakes/recovered_offsets.h"

/// What every broker owes a record. The tests of each broker include this and instantiate RecordContract with a Bench:
///   std::unique_ptr<Broker> Open()     opens the broker, the second time what the first one left
///   std::string Topic()                a name of this test's own
namespace framespool::broker {

template <class Bench>
class RecordContract : public testing::Test {
 protected:
  void SetUp() override { broker_ = bench_.Open(); }

  Broker& broker() { return *broker_; }
  std::string topic() { return bench_.Topic(); }
  void Reopen() {
    broker_.reset();
    broker_ = bench_.Open();
    RecoveredOffsets(*broker_);
  }

  /// As a task does: again after a RetriableError, for a while.
  template <class F>
  static auto Persist(F call) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (true) {
      try {
        return call();
      } catch (const RetriableError&) {
        if (std::chrono::steady_clock::now() > deadline) throw;
      }
    }
  }

  SourceRecord Record(std::optional<std::string> key, Value value, SyncPoint sync_point = SyncPoint::kEach) {
    return {.topic = topic(),
            .partition = {},
            .key = std::move(key),
            .value = std::move(value),
            .headers = {{"content-type", "text/plain"}},
            .timestamp = Now(),
            .source_partition = {{"file", std::string("/v/a.mp4")}},
            .source_offset = {{"next", ++sent_}},
            .sync_point = sync_point};
  }

  /// Each of them in a batch of its own, or `together`; where they are then.
  std::vector<Appended> Append(std::vector<SourceRecord> records, bool together = false) {
    const std::size_t count = records.size();
    std::vector<Appended> where;
    const auto producer = Persist([&] {
      return broker_->OpenProducer({.connector = "camera"},
                                   [&](auto, std::span<const Appended> at, const std::exception_ptr& error) {
                                     EXPECT_FALSE(error);
                                     where.insert(where.end(), at.begin(), at.end());
                                   });
    });
    std::vector<std::vector<SourceRecord>> batches(together ? 1 : count);
    for (std::size_t i = 0; i < count; ++i) batches[together ? 0 : i].push_back(std::move(records[i]));
    for (std::vector<SourceRecord>& batch : batches) {
      Persist([&] { producer->Append(std::move(batch)); });
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
      while (producer->Outstanding() > 0 && std::chrono::steady_clock::now() < deadline) {
        Persist([&] { producer->Service(std::chrono::milliseconds(20)); });
      }
    }
    EXPECT_EQ(where.size(), count);
    return where;
  }

  std::vector<SinkRecord> Read(std::size_t count) {
    const auto reader = Persist([&] { return broker_->OpenReader({topic(), 0}); });
    std::vector<SinkRecord> records;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (records.size() < count && std::chrono::steady_clock::now() < deadline) {
      auto some = Persist([&] { return reader->Read(count, 1 << 20, std::chrono::milliseconds(200), {}); });
      for (SinkRecord& record : some) records.push_back(std::move(record));
    }
    return records;
  }

  /// "here" is H, "before" is b, each for itself is e. Where each of them stands.
  std::vector<std::int64_t> AppendMarked(const std::string& marks) {
    std::vector<SourceRecord> records;
    for (const char mark : marks) {
      records.push_back(Record("cam", TextPayload(std::string(1, mark)),
                               mark == 'H'   ? SyncPoint::kHere
                               : mark == 'b' ? SyncPoint::kBefore
                                             : SyncPoint::kEach));
    }
    std::vector<std::int64_t> offsets;
    for (const Appended& at : Append(std::move(records), true)) offsets.push_back(at.offset);
    return offsets;
  }

  std::optional<std::int64_t> SyncPointOf(TopicReader& reader, std::int64_t offset) {
    return Persist([&] { return reader.SyncPointAtOrBefore(offset); });
  }

  Bench bench_;
  std::unique_ptr<Broker> broker_;
  std::int64_t sent_ = 0;
};

TYPED_TEST_SUITE_P(RecordContract);

TYPED_TEST_P(RecordContract, KeepsNullAndEmptyKeysAndValuesApart) {
  const std::vector<std::optional<std::string>> keys{std::nullopt, "", "k"};
  const std::vector<std::optional<std::string>> values{std::nullopt, "", "v"};
  std::vector<SourceRecord> records;
  for (const auto& key : keys) {
    for (const auto& value : values) {
      records.push_back(this->Record(key, value ? Value(TextPayload(*value)) : Value()));
    }
  }
  records.push_back(this->Record("k", Payload()));  // no bytes, nowhere: that is empty too
  this->Append(std::move(records));
  for (const bool reopened : {false, true}) {
    if (reopened) this->Reopen();
    const auto read = this->Read(10);
    ASSERT_EQ(read.size(), 10U);
    for (std::size_t i = 0; i < 9; ++i) {
      const auto& value = values[i % 3];
      EXPECT_EQ(read[i].key, keys[i / 3]) << "record " << i << (reopened ? ", reopened" : "");
      EXPECT_EQ(read[i].value.is_null(), !value) << "record " << i << (reopened ? ", reopened" : "");
      EXPECT_EQ(read[i].value.text(), value.value_or("")) << "record " << i;
      EXPECT_EQ(read[i].headers, (Headers{{"content-type", "text/plain"}})) << "record " << i;
    }
    EXPECT_FALSE(read[9].value.is_null());
    EXPECT_EQ(read[9].value.size(), 0U);
  }
}

TYPED_TEST_P(RecordContract, HashesAnEmptyKeyAndSpreadsRecordsWithoutOne) {
  this->Persist([&] { this->broker().EnsureTopic({.name = this->topic(), .partitions = 3, .config = {}}); });
  const auto partitions_of = [this](const std::optional<std::string>& key, int count) {
    std::vector<SourceRecord> records;
    for (int i = 0; i < count; ++i) records.push_back(this->Record(key, TextPayload("x")));
    std::set<std::int32_t> partitions;
    for (const Appended& at : this->Append(std::move(records))) partitions.insert(at.partition);
    return partitions;
  };
  // murmur2 of no bytes is 275646681, as Kafka's own partitioner has it; 275646681 % 3 is 0.
  EXPECT_THAT(partitions_of("", 20), testing::ElementsAre(0));
  EXPECT_GT(partitions_of(std::nullopt, 60).size(), 1U);
}

TYPED_TEST_P(RecordContract, FindsTheSyncPointAtOrBeforeAnOffset) {
  const auto at = this->AppendMarked("HbbbHbbbbHb");
  for (const bool reopened : {false, true}) {
    if (reopened) this->Reopen();
    const auto reader = this->Persist([&] { return this->broker().OpenReader({this->topic(), 0}); });
    const std::vector<std::size_t> wanted{0, 0, 0, 0, 4, 4, 4, 4, 4, 9, 9};
    for (std::size_t i = 0; i < at.size(); ++i) {
      EXPECT_EQ(this->SyncPointOf(*reader, at[i]), at[wanted[i]]) << "record " << i << (reopened ? ", reopened" : "");
    }
    EXPECT_EQ(this->SyncPointOf(*reader, at.back() + 1000), at[9]) << "beyond the end";
    EXPECT_EQ(this->SyncPointOf(*reader, -1), std::nullopt);
  }
}

TYPED_TEST_P(RecordContract, TellsEachRecordsSyncPointAndNoReaderSeesItAsAHeader) {
  this->AppendMarked("Hbe");
  const auto records = this->Read(3);
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].sync_point, SyncPoint::kHere);
  EXPECT_EQ(records[1].sync_point, SyncPoint::kBefore);
  EXPECT_EQ(records[2].sync_point, SyncPoint::kEach);
  for (const SinkRecord& record : records) EXPECT_EQ(record.headers, (Headers{{"content-type", "text/plain"}}));
}

TYPED_TEST_P(RecordContract, EveryRecordIsASyncPointWhereNoneIsMarked) {
  const auto at = this->AppendMarked("eeee");
  const auto reader = this->Persist([&] { return this->broker().OpenReader({this->topic(), 0}); });
  for (const std::int64_t offset : at) EXPECT_EQ(this->SyncPointOf(*reader, offset), offset);
}

TYPED_TEST_P(RecordContract, ARecordThatStandsForItselfIsNoBeginningForOneThatDoesNot) {
  const auto at = this->AppendMarked("HbebeH");
  const auto reader = this->Persist([&] { return this->broker().OpenReader({this->topic(), 0}); });
  EXPECT_EQ(this->SyncPointOf(*reader, at[3]), at[0]);
  EXPECT_EQ(this->SyncPointOf(*reader, at[4]), at[4]);
}

TYPED_TEST_P(RecordContract, SaysSoWhenTheTopicHoldsNoSyncPointBeforeAnOffset) {
  const auto at = this->AppendMarked("bbH");
  const auto reader = this->Persist([&] { return this->broker().OpenReader({this->topic(), 0}); });
  EXPECT_EQ(this->SyncPointOf(*reader, at[1]), std::nullopt);
  EXPECT_EQ(this->SyncPointOf(*reader, at[2]), at[2]);
}

TYPED_TEST_P(RecordContract, ASearchForASyncPointLeavesTheReaderWhereItStands) {
  const auto at = this->AppendMarked("Hbbbb");
  const auto reader = this->Persist([&] { return this->broker().OpenReader({this->topic(), 0}); });
  reader->Seek(at[3]);
  EXPECT_EQ(this->SyncPointOf(*reader, at[4]), at[0]);
  EXPECT_EQ(reader->position(), at[3]);
  std::vector<SinkRecord> next;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  while (next.empty() && std::chrono::steady_clock::now() < deadline) {
    next = this->Persist([&] { return reader->Read(1, 1 << 20, std::chrono::milliseconds(200), {}); });
  }
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].offset, at[3]);
}

TYPED_TEST_P(RecordContract, FindsASyncPointFarBack) {
  std::string marks(1201, 'b');
  marks.front() = 'H';
  const auto at = this->AppendMarked(marks);
  const auto reader = this->Persist([&] { return this->broker().OpenReader({this->topic(), 0}); });
  EXPECT_EQ(this->SyncPointOf(*reader, at.back()), at.front());
}

REGISTER_TYPED_TEST_SUITE_P(RecordContract, KeepsNullAndEmptyKeysAndValuesApart,
                            HashesAnEmptyKeyAndSpreadsRecordsWithoutOne, FindsTheSyncPointAtOrBeforeAnOffset,
                            TellsEachRecordsSyncPointAndNoReaderSeesItAsAHeader,
                            EveryRecordIsASyncPointWhereNoneIsMarked,
                            ARecordThatStandsForItselfIsNoBeginningForOneThatDoesNot,
                            SaysSoWhenTheTopicHoldsNoSyncPointBeforeAnOffset,
                            ASearchForASyncPointLeavesTheReaderWhereItStands, FindsASyncPointFarBack);

}  // namespace framespool::broker
