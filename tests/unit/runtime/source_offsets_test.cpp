#include <gmock/gmock.h>

#include <runtime/source_offsets.h>
#include <store_sqlite/sqlite_store.h>

#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;

const Fields kFile{{"file", std::string("a.mp4")}};

Fields Frame(std::int64_t frame) { return {{"frame", frame}}; }

SourceRecord Record(std::int64_t next_frame) {
  return {.topic = "t",
          .partition = 0,
          .key = "",
          .value = Payload(),
          .headers = {},
          .timestamp = {},
          .source_partition = kFile,
          .source_offset = Frame(next_frame)};
}

class SourceOffsetsTest : public testing::Test {
 protected:
  /// Appends a frame to the topic; acknowledges it to `offsets` unless the worker is to be killed before that.
  broker::Appended Append(std::int64_t next_frame, SourceOffsets* offsets) {
    broker::Appended appended;
    const auto producer = broker_.OpenProducer("camera", 0, [&](auto records, auto where, const auto&) {
      appended = where.front();
      if (offsets) offsets->Acknowledged("camera", records, where);
    });
    producer->Append({Record(next_frame)});
    return appended;
  }

  std::unique_ptr<SourceOffsets> Start() { return std::make_unique<SourceOffsets>(*store_, broker_, 1h); }

  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  MemoryBroker broker_;
};

TEST_F(SourceOffsetsTest, RecoversFromTheTopicWhatWasNeverWrittenToTheStore) {
  {
    auto offsets = Start();
    EXPECT_EQ(offsets->Get("camera", kFile), std::nullopt);
    Append(1, offsets.get());
    Append(2, nullptr);  // killed between append and acknowledgement
  }
  EXPECT_EQ(Start()->Get("camera", kFile), Frame(2));
}

TEST_F(SourceOffsetsTest, WritesToTheStoreWhatIsAcknowledged) {
  auto offsets = Start();
  Append(1, offsets.get());
  Append(2, offsets.get());
  offsets->Flush();
  ASSERT_EQ(store_->SourceOffsets().size(), 1U);
  EXPECT_EQ(store_->SourceOffsets()[0].offset, Frame(2));
  EXPECT_EQ(store_->LastCheckpoint().ends.at({"t", 0}), 2);
}

TEST_F(SourceOffsetsTest, ACheckpointNeverPassesARecordThatIsAppendedButNotYetAcknowledged) {
  auto offsets = Start();
  Append(1, offsets.get());
  const auto late = Append(2, nullptr);
  Append(3, offsets.get());  // another producer of the partition, ahead of it
  offsets->Flush();
  EXPECT_EQ(store_->LastCheckpoint().ends.at({"t", 0}), 1);
  const SourceRecord second = Record(2);
  offsets->Acknowledged("camera", {&second, 1}, {&late, 1});
  EXPECT_EQ(offsets->Get("camera", kFile), Frame(3));  // the older acknowledgement does not win
  Append(4, offsets.get());
  offsets->Flush();
  EXPECT_EQ(store_->LastCheckpoint().ends.at({"t", 0}), 4);
}

TEST_F(SourceOffsetsTest, AnOffsetResetByHandStaysReset) {
  Append(5, Start().get());
  store_->PutSourceOffsets({{"camera", kFile, std::nullopt, broker_.NextSequence()}}, {});
  EXPECT_EQ(Start()->Get("camera", kFile), std::nullopt);
}

TEST_F(SourceOffsetsTest, ATopicThatWasDeletedAndMadeAnewIsRecoveredFromItsBeginning) {
  {
    auto offsets = Start();
    for (int frame = 1; frame <= 5; ++frame) Append(frame, offsets.get());
    offsets->Flush();
    EXPECT_EQ(store_->LastCheckpoint().ends.at({"t", 0}), 5);
    broker_.DeleteTopic("t");
    offsets->Forget("t");
    EXPECT_TRUE(store_->LastCheckpoint().ends.empty());
    Append(6, nullptr);  // killed before anything was written
  }
  EXPECT_EQ(Start()->Get("camera", kFile), Frame(6));
}

TEST_F(SourceOffsetsTest, ADeletionThatAKillInterruptedLeavesNoEndBehind) {
  {
    auto offsets = Start();
    for (int frame = 1; frame <= 5; ++frame) Append(frame, offsets.get());
    offsets->Flush();
    broker_.DeleteTopic("t");
  }
  auto offsets = Start();
  EXPECT_TRUE(store_->LastCheckpoint().ends.empty());
  EXPECT_EQ(offsets->Get("camera", kFile), Frame(5));
}

}  // namespace
}  // namespace framespool::runtime
