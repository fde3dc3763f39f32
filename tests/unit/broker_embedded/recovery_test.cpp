#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using RecoveryTest = LogTest;

TEST_F(RecoveryTest, CutsATailTornAtAnyByteOfTheLastRecord) {
  Open();
  Append("first");
  Append("second");
  const auto before = fs::file_size(Segment(0));
  Append("third, torn");
  Close();
  const std::string log = Slurp(Segment(0));
  const std::string index = Slurp(Segment(0, ".index"));
  for (std::size_t size = before; size < log.size(); ++size) {
    for (const std::size_t indexed : {index.size(), index.size() / 3 * 2, std::size_t{0}}) {
      fs::remove(Segment(2));  // where what follows a tail that cannot be told from a damaged record goes
      fs::remove(Segment(2, ".index"));
      Spit(Segment(0), log.substr(0, size));
      Spit(Segment(0, ".index"), index.substr(0, indexed));
      Open();
      ASSERT_THAT(Values(), ElementsAre("first", "second")) << size;
      Append("again");
      ASSERT_THAT(Values(), ElementsAre("first", "second", "again")) << size;
      Open();
      ASSERT_THAT(Values(), ElementsAre("first", "second", "again")) << size;
      Close();
    }
  }
}

TEST_F(RecoveryTest, CutsATailWithAWrongByteAnywhereInTheLastRecord) {
  Open();
  Append("first");
  const auto before = fs::file_size(Segment(0));
  Append("second");
  Close();
  const std::string log = Slurp(Segment(0));
  for (std::size_t position = before; position < log.size(); ++position) {
    Spit(Segment(0), log);
    fs::remove(Segment(0, ".index"));
    Flip(Segment(0), position);
    Open();
    ASSERT_THAT(Values(), ElementsAre("first")) << position;
    Close();
  }
}

TEST_F(RecoveryTest, CutsZerosThatAPowerLossLeftBehindTheLastRecord) {
  Open();
  Append("first");
  Close();
  Spit(Segment(0), Slurp(Segment(0)) + std::string(5000, '\0'));
  Open();
  EXPECT_THAT(Values(), ElementsAre("first"));
  Append("second");
  Open();
  EXPECT_THAT(Values(), ElementsAre("first", "second"));
}

TEST_F(RecoveryTest, BelievesNoIndexEntryThatPointsAtNoRecord) {
  Open();
  for (int i = 0; i < 3; ++i) Append(std::to_string(i));
  Close();
  const std::string index = Slurp(Segment(0, ".index"));
  const std::string log = Slurp(Segment(0));
  std::string random;
  for (int i = 0; i < 240; ++i) random += static_cast<char>(i * 97);
  // Good entries for records that were lost; garbage; zeros; a piece of an entry.
  const std::string shorter = log.substr(0, log.size() / 3);
  for (const std::string& tail : {std::string(), random, std::string(240, '\0'), std::string(7, 'x')}) {
    for (const std::string& bytes : {log, shorter}) {
      Spit(Segment(0), bytes);
      Spit(Segment(0, ".index"), index + tail);
      Open();
      ASSERT_EQ(Values().size(), bytes.size() == log.size() ? 3u : 1u);
      Append("next");
      ASSERT_EQ(Values().back(), "next");
      Close();
    }
  }
}

TEST_F(RecoveryTest, BelievesNoIndexOfAnotherSegment) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 20; ++i) Append(std::to_string(i) + std::string(990, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  const auto values = Values();
  Close();
  fs::copy_file(Segment(0, ".index"), Segment(3, ".index"), fs::copy_options::overwrite_existing);
  Open();
  EXPECT_EQ(Values(), values);
}

class DamagedIndexTest : public RecoveryTest, public testing::WithParamInterface<const char*> {};

TEST_P(DamagedIndexTest, IsRebuiltAndLosesNothing) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 30; ++i) Append(std::to_string(i) + std::string(400, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  const auto values = Values();
  Close();
  const std::string what = GetParam();
  for (const auto& entry : fs::directory_iterator(Folder())) {
    const fs::path path = entry.path();
    if (path.extension() != ".index") continue;
    const std::string bytes = Slurp(path);
    if (what == "missing") fs::remove(path);
    if (what == "empty") Spit(path, "");
    if (what == "zeros") Spit(path, std::string(bytes.size(), '\0'));
    if (what == "short") Spit(path, bytes.substr(0, bytes.size() - 13));
    if (what == "flipped entry") Flip(path, 5);
    if (what == "flipped seal") Flip(path, bytes.size() - 9);
    if (what == "only the first") {
      if (path.filename() == Segment(0, ".index").filename()) fs::remove(path);
    }
  }
  Open();
  EXPECT_EQ(Values(), values);
  EXPECT_EQ(broker->OpenReader({"t", 0})->OffsetAt(Timestamp(0ms)), 0);
  Append("next");
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Open();
  EXPECT_THAT(Values(), SizeIs(31));
}

INSTANTIATE_TEST_SUITE_P(Damages, DamagedIndexTest,
                         testing::Values("missing", "empty", "zeros", "short", "flipped entry", "flipped seal",
                                         "only the first"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, ' ');
                           return name;
                         });

TEST_F(RecoveryTest, PassesACorruptRecordAtOnceAndSaysWhichItWas) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 20; ++i) Append("record " + std::to_string(i) + std::string(700, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  const std::string log = Slurp(Segment(0));
  const std::size_t value = log.find("record 2");
  const std::vector<std::size_t> places = {value + 3, value - 30};  // in its value, in its header
  for (const std::size_t place : places) {
    for (const bool with_index : {true, false}) {
      Spit(Segment(0), log);
      Flip(Segment(0), place);
      if (!with_index) fs::remove(Segment(0, ".index"));
      broker = embedded::Open(options, files);
      auto reader = broker->OpenReader({"t", 0});
      std::vector<std::int64_t> offsets;
      for (const SinkRecord& record : reader->Read(100, 1 << 20, 0ms, {})) offsets.push_back(record.offset);
      EXPECT_EQ(reader->position(), 20);
      EXPECT_THAT(offsets, AllOf(SizeIs(19), Contains(1), Contains(3), Not(Contains(2))));
      EXPECT_THAT(Problems("data-lost"), ElementsAre(AllOf(HasSubstr("topic t partition 0"), HasSubstr("offset 2"),
                                                           HasSubstr(Segment(0).string()))));
      reader.reset();
      Close();
    }
  }
}

TEST_F(RecoveryTest, PassesTheHoleOfASealedFileThatWasCutShort) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 20; ++i) Append(std::string(700, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Open();                             // nothing of it in memory
  fs::resize_file(Segment(0), 1700);  // under a running broker: no SIGBUS
  for (const bool reopened : {false, true}) {
    if (reopened) Open();
    const auto fresh = broker->OpenReader({"t", 0});
    fresh->Seek(2);
    const auto records = fresh->Read(100, 1 << 20, 0ms, {});
    EXPECT_THAT(records, SizeIs(15));
    EXPECT_EQ(records.at(0).offset, 5);
    EXPECT_THAT(Problems("data-lost"), ElementsAre(HasSubstr("3 records at offsets 2 to 4")));
  }
}

class HoleTest : public RecoveryTest, public testing::WithParamInterface<const char*> {};

// Four records a segment: 0, 4, 8 … 28, of which the one at 8 is damaged as a whole.
TEST_P(HoleTest, IsPassedInOneReadSaidOnceAndMovesNoOffset) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 30; ++i) Append("record " + std::to_string(i) + std::string(900, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  const std::string what = GetParam();
  const fs::path log = Segment(8);
  ASSERT_TRUE(fs::exists(log));
  std::int64_t lost_from = 8;
  if (what == "deleted") fs::remove(log);
  if (what == "deleted with its index") {
    fs::remove(log);
    fs::remove(Segment(8, ".index"));
  }
  if (what == "emptied") fs::resize_file(log, 0);
  if (what == "truncated") fs::resize_file(log, fs::file_size(log) / 2);
  if (what == "truncated") lost_from = 10;
  if (what == "zeros") Spit(log, std::string(fs::file_size(log), '\0'));
  if (what == "garbage") Spit(log, std::string(fs::file_size(log), 'x'));
  if (what == "a folder") {
    fs::remove(log);
    fs::create_directory(log);
  }
  if (what == "a fifo") {
    fs::remove(log);
    ASSERT_EQ(mkfifo(log.c_str(), 0600), 0);
  }
  if (what == "a loop of links") {
    fs::remove(log);
    fs::create_symlink(log.filename(), log);
  }
  std::map<fs::path, std::string> intact;
  for (const auto& entry : fs::directory_iterator(Folder())) {
    if (entry.path().extension() == ".log" && entry.path() != log) intact[entry.path()] = Slurp(entry.path());
  }
  for (const bool with_indexes : {true, false}) {
    if (!with_indexes) {
      for (const auto& path : std::vector<fs::path>(fs::directory_iterator(Folder()), {})) {
        if (path.extension() == ".index") fs::remove(path);
      }
    }
    Open();
    auto reader = broker->OpenReader({"t", 0});
    reader->Seek(7);
    std::vector<std::int64_t> offsets;
    for (const SinkRecord& record : reader->Read(100, 1 << 20, 0ms, {})) offsets.push_back(record.offset);
    reader.reset();
    std::vector<std::int64_t> right{7};
    for (std::int64_t offset = 8; offset < 30; ++offset) {
      if (offset < lost_from || offset >= 12) right.push_back(offset);
    }
    EXPECT_EQ(offsets, right);
    EXPECT_EQ(ExtentOf().first, 0);
    EXPECT_EQ(ExtentOf().end, 30);
    EXPECT_THAT(Problems("data-lost"), ElementsAre(HasSubstr("offsets " + std::to_string(lost_from) + " to 11")));
    Close();
  }
  for (const auto& [path, bytes] : intact) EXPECT_TRUE(Slurp(path) == bytes) << path;
  Open();
  Append("next");
  EXPECT_EQ(acked.back().offset, 30);
}

INSTANTIATE_TEST_SUITE_P(Holes, HoleTest,
                         testing::Values("deleted", "deleted with its index", "emptied", "truncated", "zeros",
                                         "garbage", "a folder", "a fifo", "a loop of links"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, ' ');
                           return name;
                         });

TEST_F(RecoveryTest, WithoutAnyIndexAndWithAFlippedByteLosesThatRecordAndNothingElse) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 28; ++i) Append("record " + std::to_string(i) + std::string(900, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  ASSERT_EQ(Segments().size(), 7u);
  const std::string second = Slurp(Segment(4));
  for (const std::size_t place : {second.find("record 6"), second.find("record 6") - 30}) {
    Spit(Segment(4), second);
    for (const auto& path : std::vector<fs::path>(fs::directory_iterator(Folder()), {})) {
      if (path.extension() == ".index") fs::remove(path);
    }
    Flip(Segment(4), place);
    Open();
    EXPECT_EQ(Segments().size(), 7u);
    std::vector<std::int64_t> offsets;
    for (const SinkRecord& record : ReadAll()) offsets.push_back(record.offset);
    EXPECT_THAT(offsets, AllOf(SizeIs(27), Not(Contains(6)), Contains(27)));
    EXPECT_THAT(Problems("data-lost"), ElementsAre(AllOf(HasSubstr("offset 6"), HasSubstr(Segment(4).string()))));
    EXPECT_TRUE(Eventually([&] { return AllSealed(); })) << "the indexes are not rebuilt";
    Close();
  }
}

TEST_F(RecoveryTest, KeepsWhatStandsBehindABadRecordOfItsUnsealedLastSegment) {
  Open();
  for (int i = 0; i < 10; ++i) Append("record " + std::to_string(i));
  Close();
  const std::string log = Slurp(Segment(0));
  for (const std::size_t place : {log.find("record 4"), log.find("record 4") - 30}) {
    for (const bool with_index : {true, false}) {
      Spit(Segment(0), log);
      if (!with_index) fs::remove(Segment(0, ".index"));
      Flip(Segment(0), place);
      Open();
      EXPECT_THAT(Values(), AllOf(SizeIs(9), Not(Contains("record 4")), Contains("record 9")));
      EXPECT_THAT(Problems("data-lost"), ElementsAre(HasSubstr("offset 4")));
      Append("record 10");
      EXPECT_EQ(acked.back().offset, 10);
      Open();
      EXPECT_THAT(Values(), AllOf(SizeIs(10), Contains("record 10")));
      Close();
    }
  }
}

TEST_F(RecoveryTest, DestroysNothingBehindTheLastRecordThatItCannotExplain) {
  Open();
  Append("first");
  Append("second");
  Close();
  std::string bytes = Slurp(Segment(0));
  bytes[bytes.find("second") - 30] ^= 0x40;  // in the header: how long the record is cannot be told
  Spit(Segment(0), bytes);
  fs::remove(Segment(0, ".index"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("first"));
  EXPECT_THAT(Problems("damaged-tail"), ElementsAre(HasSubstr(Segment(0).string())));
  Append("third");
  Open();
  EXPECT_THAT(Values(), ElementsAre("first", "third"));
  EXPECT_TRUE(Slurp(Segment(0)) == bytes) << "the damaged record was cut off";
}

TEST_F(RecoveryTest, SetsAsideALastSegmentOfWhichNothingCanBeRead) {
  const std::string garbage(5000, 'x');
  fs::create_directories(Folder());
  Open();
  Append("first");
  Close();
  fs::remove(Segment(0, ".index"));
  Spit(Segment(0), garbage);
  Open();
  const fs::path aside = Segment(0, ".log.corrupt-no-record");
  EXPECT_TRUE(Slurp(aside) == garbage);
  EXPECT_THAT(Problems("set-aside"), ElementsAre(HasSubstr(aside.string())));
  Append("again");
  EXPECT_THAT(Values(), ElementsAre("again"));
  Close();
  Spit(Segment(0), garbage);
  fs::remove(Segment(0, ".index"));
  Open();
  EXPECT_TRUE(fs::exists(Segment(0, ".log.corrupt-no-record-2"))) << "the first one was overwritten";
}

// Found by the fuzz target segment_recovery: with the last segment set aside, one whose only record is lost comes last.
TEST_F(RecoveryTest, TakesRecordsBehindASealedSegmentOfWhichNothingIsLeft) {
  options.segment_bytes = 512;
  Open();
  Append("first");
  Append(std::string(500, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  const std::string first = Slurp(Segment(0));
  const std::string second = Slurp(Segment(1));
  for (std::size_t place = 0; place < first.size(); ++place) {
    SCOPED_TRACE(place);
    for (const auto& path : std::vector<fs::path>(fs::directory_iterator(Folder()), {})) fs::remove(path);
    Spit(Segment(0), first);
    Flip(Segment(0), place);
    Spit(Segment(1), second);
    Flip(Segment(1), 29);
    Open();
    EXPECT_THAT(Values(), IsEmpty());
    EXPECT_TRUE(Eventually([&] { return ReadSeal(Segment(0, ".index"), 0).has_value(); })) << "no index is made";
    Close();
    Open();
    Append("behind it");
    Close();
    Open();
    EXPECT_THAT(Values(), ElementsAre("behind it"));
    Close();
  }
}

TEST_F(RecoveryTest, LeavesFilesWithStrangeNamesAlone) {
  Open();
  Append("first");
  Close();
  const std::vector<std::string> names = {"1.log",
                                          "00000000000000000000.log.bak",
                                          "-0000000000000000001.log",
                                          "notes.txt",
                                          "99999999999999999999.log",
                                          "09223372036854775807.log",
                                          "garbage.log",
                                          "garbage.index",
                                          "draft.tmp",
                                          "000000000.log",
                                          ".log"};
  for (const std::string& name : names) Spit(Folder() / name, "mine");
  Open();
  Append("second");
  EXPECT_THAT(Values(), ElementsAre("first", "second"));
  EXPECT_EQ(ExtentOf().end, 2);
  for (const std::string& name : names) EXPECT_EQ(Slurp(Folder() / name), "mine") << name;
}

TEST_F(RecoveryTest, GoesOnAtTheStoresCheckpointWhenTheLogEndsBeforeIt) {
  Open();
  for (int i = 0; i < 10; ++i) Append("record " + std::to_string(i));
  const Checkpoint checkpoint = broker->Acknowledged();
  broker->Sync();
  Close();
  fs::resize_file(Segment(0), fs::file_size(Segment(0)) / 2);
  fs::remove(Segment(0, ".index"));
  broker = embedded::Open(options, files);
  RecoveredOffsets(*broker, checkpoint);
  EXPECT_EQ(ExtentOf().end, 10);
  EXPECT_THAT(Problems("data-lost"), ElementsAre(AllOf(HasSubstr("offsets 5 to 9"), HasSubstr("checkpoint"))));
  producer = broker->OpenProducer({.connector = "camera"}, [](auto, auto, const auto&) {});
  Append("next");
  Append("over next");
  const auto records = ReadAll();
  ASSERT_THAT(records, SizeIs(7));
  EXPECT_EQ(records[5].offset, 10);
  EXPECT_EQ(broker->Acknowledged().ends.at({"t", 0}), 12);
  Open();
  EXPECT_THAT(ReadAll(), SizeIs(7));
  EXPECT_EQ(ReadAll().back().offset, 11);
}

TEST_F(RecoveryTest, RebuildsIndexesThatAreTooLongTooShortOrGarbage) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 20; ++i) Append(std::to_string(i) + std::string(900, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  const auto values = Values();
  Close();
  const std::string index = Slurp(Segment(4, ".index"));
  for (const std::string& bytes : {index + index, index + "x", index.substr(24), index.substr(0, 24),
                                   std::string(1000, 'g'), std::string(24 * 4 + 40, '\xff')}) {
    Spit(Segment(4, ".index"), bytes);
    Open();
    EXPECT_EQ(Values(), values);
    EXPECT_THAT(broker->GetHealth().problems, IsEmpty());
    Close();
    EXPECT_TRUE(Slurp(Segment(4, ".index")) == index);
  }
}

TEST_F(RecoveryTest, LooksAtNoSealedSegmentUntilItIsRead) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 40; ++i) Append("record " + std::to_string(i) + std::string(700, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  const std::string garbage(fs::file_size(Segment(10)), 'x');
  Spit(Segment(10), garbage);
  Spit(Segment(10, ".index"), garbage);
  broker = embedded::Open(options, files);
  EXPECT_EQ(ExtentOf().first, 0);
  EXPECT_EQ(ExtentOf().end, 40);
  EXPECT_EQ(Slurp(Segment(10, ".index")), garbage) << "rebuilt without need";
  const auto reader = broker->OpenReader({"t", 0});
  reader->Seek(15);
  EXPECT_THAT(reader->Read(100, 1 << 20, 0ms, {}), SizeIs(25));
  reader->Seek(10);
  EXPECT_EQ(reader->Read(1, 1, 0ms, {}).at(0).offset, 15);
}

TEST_F(RecoveryTest, RefusesASecondBrokerInTheSameDirectory) {
  Open();
  EXPECT_THAT(MessageOf<BrokerError>([&] { embedded::Open(options, files); }),
              AllOf(HasSubstr(options.directory.string()), HasSubstr("in use by another worker")));
}

TEST_F(RecoveryTest, NamesADirectoryThatCannotBe) {
  Spit(options.directory / "file", "");
  EmbeddedOptions other = options;
  other.directory = options.directory / "file" / "topics";
  EXPECT_THAT(MessageOf<BrokerError>([&] { OpenEmbeddedBroker(other); }), HasSubstr(other.directory.string()));
}

}  // namespace
}  // namespace framespool::broker::embedded
