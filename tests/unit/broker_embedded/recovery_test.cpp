#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
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

TEST_F(RecoveryTest, SaysWhichRecordIsCorruptAndReadsOnBehindIt) {
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
      Open();
      auto reader = broker->OpenReader({"t", 0});
      EXPECT_THAT(reader->Read(100, 1 << 20, 0ms, {}), SizeIs(2));
      EXPECT_THAT(MessageOf<std::runtime_error>([&] { reader->Read(100, 1 << 20, 0ms, {}); }),
                  AllOf(HasSubstr("topic t partition 0"), HasSubstr("offset 2"), HasSubstr(Segment(0).string()),
                        HasSubstr("seek to offset 3")));
      EXPECT_EQ(reader->position(), 2);
      reader->Seek(3);
      EXPECT_THAT(reader->Read(100, 1 << 20, 0ms, {}), SizeIs(17));
      reader.reset();
      Close();
    }
  }
}

TEST_F(RecoveryTest, SaysThatASealedFileWasCutShort) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 20; ++i) Append(std::string(700, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Open();                             // nothing of it in memory
  fs::resize_file(Segment(0), 1700);  // under a running broker: no SIGBUS, an error
  for (const bool reopened : {false, true}) {
    if (reopened) Open();
    const auto fresh = broker->OpenReader({"t", 0});
    fresh->Seek(2);
    EXPECT_THAT(MessageOf<std::runtime_error>([&] { fresh->Read(1, 1, 0ms, {}); }), HasSubstr("offset 2"));
    fresh->Seek(5);
    EXPECT_THAT(fresh->Read(100, 1 << 20, 0ms, {}), SizeIs(15));
  }
}

TEST_F(RecoveryTest, CutsTheLogAtTheFirstBadRecordOfItsUnsealedTailAndRemovesWhatFollows) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 20; ++i) Append("record " + std::to_string(i) + std::string(700, '.'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  for (const auto& entry : fs::directory_iterator(Folder())) {
    if (entry.path().extension() == ".index") fs::remove(entry.path());
  }
  Flip(Segment(5), Slurp(Segment(5)).find("record 7"));
  Open();
  EXPECT_THAT(Values(), SizeIs(7));
  EXPECT_EQ(Segments().size(), 2u);
  Append("record 7, again");
  Open();
  EXPECT_EQ(Values().back(), "record 7, again");
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
  EXPECT_THROW(reader->Read(1, 1, 0ms, {}), std::runtime_error);
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
