#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class SourceOffsetTest : public LogTest {
 protected:
  static SourceRecord Frame(const std::string& file, std::int64_t frame, const std::string& topic = "t") {
    SourceRecord record = Record(file + " " + std::to_string(frame), topic);
    record.source_partition = {{"file", file}};
    record.source_offset = {{"frame", frame + 1}};
    return record;
  }
  static std::int64_t FrameOf(const std::vector<SourceOffset>& offsets, const std::string& file,
                              const std::string& connector = "camera") {
    for (const SourceOffset& offset : offsets) {
      if (offset.connector == connector && offset.partition == Fields{{"file", file}}) {
        return std::get<std::int64_t>(offset.offset.at("frame"));
      }
    }
    return -1;
  }
};

TEST_F(SourceOffsetTest, RecoversTheNewestOfEachConnectorAndSourcePartition) {
  Open();
  broker->EnsureTopic({"t", 3, {}});
  for (int i = 0; i < 10; ++i) {
    AppendOne(Frame("a", i));  // in turn over the partitions
    if (i < 5) AppendOne(Frame("b", i, "u"));
  }
  {
    const auto other = broker->OpenProducer({.connector = "second"}, [](auto, auto, const auto&) {});
    std::vector<SourceRecord> batch;
    batch.push_back(Frame("a", 77));
    other->Append(std::move(batch));
  }
  for (int round = 0; round < 2; ++round) {
    const auto offsets = RecoveredOffsets(*broker);
    EXPECT_THAT(offsets, SizeIs(3));
    EXPECT_EQ(FrameOf(offsets, "a"), 10);
    EXPECT_EQ(FrameOf(offsets, "b"), 5);
    EXPECT_EQ(FrameOf(offsets, "a", "second"), 78);
    Open();
  }
}

TEST_F(SourceOffsetTest, KeepsEveryTypeAndEveryByte) {
  Open();
  SourceRecord record = Record("x");
  record.source_partition = {{"file", std::string("caf\xe9 \0 .mp4", 11)}, {"live", true}};
  record.source_offset = {{"frame", std::int64_t{-5}}, {"seconds", 1.25}, {"whole", 2.0}, {"id", std::string()}};
  const Fields partition = record.source_partition;
  const Fields offset = record.source_offset;
  AppendOne(std::move(record));
  Open();
  const auto offsets = RecoveredOffsets(*broker);
  ASSERT_THAT(offsets, SizeIs(1));
  EXPECT_EQ(offsets[0].partition, partition);
  EXPECT_EQ(offsets[0].offset, offset);
}

TEST_F(SourceOffsetTest, LooksOnlyBehindTheCheckpoint) {
  Open();
  AppendOne(Frame("a", 0));
  AppendOne(Frame("b", 0));
  const Checkpoint checkpoint = broker->Acknowledged();
  EXPECT_EQ(checkpoint.ends.at({"t", 0}), 2);
  EXPECT_EQ(checkpoint.sequence, acked.back().sequence);
  AppendOne(Frame("b", 1));
  Open();
  const auto offsets = RecoveredOffsets(*broker, checkpoint);
  EXPECT_THAT(offsets, SizeIs(1));
  EXPECT_EQ(FrameOf(offsets, "b"), 2);
}

TEST_F(SourceOffsetTest, TakesACheckpointBeyondTheEndOrBeforeTheFirstRecord) {
  options.segment_bytes = 4096;
  options.retention_bytes = 8192;
  Open();
  for (int i = 0; i < 100; ++i) {
    SourceRecord record = Frame("a", i);
    record.headers = {{"filler", std::string(500, 'x')}};
    AppendOne(std::move(record));
  }
  ASSERT_TRUE(Eventually([&] { return ExtentOf().first > 50; }));
  EXPECT_EQ(FrameOf(RecoveredOffsets(*broker, {.ends = {{{"t", 0}, 3}}, .sequence = 0}), "a"), 100);
  EXPECT_THAT(RecoveredOffsets(*broker, {.ends = {{{"t", 0}, 1000}, {{"gone", 7}, 1}}, .sequence = 0}), IsEmpty());
}

TEST_F(SourceOffsetTest, SequencesGoOnAboveEverythingSeenAndAboveTheCheckpoint) {
  Open();
  AppendOne(Frame("a", 0));
  const std::uint64_t by_hand = broker->NextSequence();
  EXPECT_GT(by_hand, acked.back().sequence);
  AppendOne(Frame("a", 1));
  EXPECT_GT(acked.back().sequence, by_hand);
  const std::uint64_t last = acked.back().sequence;
  Open();
  EXPECT_GT(broker->NextSequence(), last);
  RecoveredOffsets(*broker, {.ends = {}, .sequence = 5000});
  EXPECT_EQ(broker->NextSequence(), 5001u);
}

TEST_F(SourceOffsetTest, ARecordThatIsCutTakesItsOffsetWithIt) {
  Open();
  AppendOne(Frame("a", 0));
  AppendOne(Frame("a", 1));
  Close();
  fs::resize_file(Segment(0), fs::file_size(Segment(0)) - 1);
  Open();
  EXPECT_EQ(FrameOf(RecoveredOffsets(*broker), "a"), 1);
}

TEST_F(SourceOffsetTest, IsRecoveredFromRecordsWhoseValuesAreDamaged) {
  Open();
  AppendOne(Frame("a", 0));
  AppendOne(Frame("a", 1));
  Close();
  Flip(Segment(0), Slurp(Segment(0)).find("a 0"));
  Open();
  EXPECT_EQ(FrameOf(RecoveredOffsets(*broker), "a"), 2);
}

}  // namespace
}  // namespace framespool::broker::embedded
