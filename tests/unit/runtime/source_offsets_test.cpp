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
    const auto producer = broker_.OpenProducer({.connector = "camera"}, [&](auto records, auto where, const auto&) {
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

TEST_F(SourceOffsetsTest, ACheckpointPassesNoRecordWhoseSourceOffsetIsNotWrittenWithIt) {
  auto offsets = Start();
  Append(1, offsets.get());
  broker_.OnSync([&] { Append(2, offsets.get()); });  // while it is written
  offsets->Flush();
  broker_.OnSync({});
  EXPECT_EQ(store_->LastCheckpoint().ends.at({"t", 0}), 1);
  ASSERT_EQ(store_->SourceOffsets().size(), 1U);
  EXPECT_EQ(store_->SourceOffsets()[0].offset, Frame(1));
  EXPECT_GE(store_->LastCheckpoint().sequence, store_->SourceOffsets()[0].sequence);
  offsets->Flush();
  EXPECT_EQ(store_->LastCheckpoint().ends.at({"t", 0}), 2);
  EXPECT_EQ(store_->SourceOffsets()[0].offset, Frame(2));
}

TEST_F(SourceOffsetsTest, AnOlderAcknowledgementDoesNotWin) {
  auto offsets = Start();
  const auto late = Append(2, nullptr);
  Append(3, offsets.get());  // another producer of the partition, ahead of it
  const SourceRecord second = Record(2);
  offsets->Acknowledged("camera", {&second, 1}, {&late, 1});
  EXPECT_EQ(offsets->Get("camera", kFile), Frame(3));
}

/// Another worker's offsets show only when a producer is opened, as in Kafka.
class SharedBroker final : public MemoryBroker {
 public:
  void RecoverSourceOffsets(const broker::Checkpoint& since, broker::RecoveryHandler on_recovered) override {
    since_ = since;
    tell_ = std::move(on_recovered);
  }
  broker::Checkpoint Acknowledged() override { return {.ends = since_.ends, .sequence = 100}; }
  std::unique_ptr<broker::Producer> OpenProducer(const broker::ClientSettings& settings,
                                                 broker::AckHandler on_ack) override {
    const std::vector<broker::SourceOffset> found{{settings.connector, kFile, Frame(7), 50},
                                                  {settings.connector, {{"file", std::string("b")}}, Fields(), 51}};
    tell_(found);
    return MemoryBroker::OpenProducer(settings, std::move(on_ack));
  }

 private:
  broker::Checkpoint since_;
  broker::RecoveryHandler tell_;
};

TEST_F(SourceOffsetsTest, TakesWhatABrokerTellsWhenAProducerIsOpenedAndLeavesAnothersEndsAlone) {
  const Fields other{{"file", std::string("b")}};
  store_->PutSourceOffsets({{"camera", kFile, Frame(3), 40}, {"camera", other, Frame(3), 40}},
                           {.ends = {{{"beside the store", 0}, 5}}, .sequence = 40});
  SharedBroker shared;
  SourceOffsets offsets(*store_, shared, 1h);
  EXPECT_EQ(offsets.Get("camera", kFile), Frame(3));
  EXPECT_TRUE(offsets.missing_topics().empty());
  shared.OpenProducer({.connector = "camera"}, [](auto, auto, const auto&) {});
  EXPECT_EQ(offsets.Get("camera", kFile), Frame(7));
  EXPECT_EQ(offsets.Get("camera", other), std::nullopt) << "it was taken back";
  offsets.Flush();
  EXPECT_EQ(store_->LastCheckpoint().ends.at({"beside the store", 0}), 5);
  shared.OpenProducer({.connector = "camera"}, [](auto, auto, const auto&) {});
  EXPECT_EQ(offsets.Get("camera", kFile), Frame(7));
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
