// A list of files: one task plays its files one behind the other, and goes on where it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playing.h"

namespace framespool::video_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SeveralFiles : public testing::Test {
 protected:
  void SetUp() override {
    int frames = 5;
    for (const std::string& file : {a_, b_, c_}) TestVideo{.frames = frames++}.Make(file);
  }
  /// "a0 a1 b0 …": of which file and which frame each record is.
  static std::string Told(const std::vector<SourceRecord>& records) {
    std::string told;
    for (const SourceRecord& record : records) {
      told += (told.empty() ? "" : " ") + std::string(FindHeader(record.headers, "framespool.source")->substr(0, 1)) +
              std::to_string(NumberIn(record.value.bytes()));
    }
    return told;
  }
  std::string List(const std::vector<std::string>& files) const { return FormatValue(files); }

  const TestFolder folder_;
  const std::string a_ = folder_ / "a.mp4";
  const std::string b_ = folder_ / "b.mp4";
  const std::string c_ = folder_ / "c.mp4";
};

TEST_F(SeveralFiles, ArePlayedOneBehindTheOtherToTheEndOfTheLast) {
  Playing playing({{"files", List({b_, a_, c_})}});
  const auto records = playing.TakeAll();
  EXPECT_EQ(Told(records), "b0 b1 b2 b3 b4 b5 a0 a1 a2 a3 a4 c0 c1 c2 c3 c4 c5 c6");
  EXPECT_EQ(records.front().source_partition, (Fields{{"file", b_}}));
  EXPECT_EQ(records.front().key, "b.mp4") << "the key tells whose frame it is";
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("files")), 3);
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("files_ended")), 3);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
  for (std::size_t i = 1; i < records.size(); ++i) EXPECT_GE(records[i].timestamp, records[i - 1].timestamp);
}

TEST_F(SeveralFiles, GoOnAtTheNextFrameAfterARestartWhereverThatIs) {
  const std::string all = "a0 a1 a2 a3 a4 b0 b1 b2 b3 b4 b5";
  for (const std::size_t first : {1U, 4U, 5U, 6U, 10U, 11U}) {
    Playing playing({{"files", List({a_, b_})}});
    auto records = playing.Take(first);
    playing.Restart();
    for (SourceRecord& record : playing.TakeAll()) records.push_back(std::move(record));
    EXPECT_EQ(Told(records), all) << "restarted after " << first;
  }
}

TEST_F(SeveralFiles, StartAgainBehindTheLastWithLoop) {
  Playing playing({{"files", List({a_, b_})}, {"loop", "true"}});
  auto records = playing.Take(8);
  playing.Restart();
  for (SourceRecord& record : playing.Take(8)) records.push_back(std::move(record));
  playing.Restart();
  for (SourceRecord& record : playing.Take(8)) records.push_back(std::move(record));
  EXPECT_EQ(Told(records), "a0 a1 a2 a3 a4 b0 b1 b2 b3 b4 b5 a0 a1 a2 a3 a4 b0 b1 b2 b3 b4 b5 a0 a1");
  EXPECT_EQ(HeaderNumber(records[7], "framespool.loop"), 0);
  EXPECT_EQ(HeaderNumber(records[12], "framespool.loop"), 1);
  EXPECT_GT(HeaderNumber(records[12], "framespool.pts.us"), HeaderNumber(records[4], "framespool.pts.us"));
  EXPECT_EQ(HeaderNumber(records[23], "framespool.loop"), 2);
}

TEST_F(SeveralFiles, AFileThatCannotBePlayedIsPassedOverUnlessItIsTheOnlyOne) {
  const std::string text = folder_ / "text.mp4";
  const std::string words = "no video at all, but long enough to be looked at";
  WriteFile(text, std::as_bytes(std::span(words)));
  Playing playing({{"files", List({text, a_})}});
  EXPECT_EQ(Told(playing.TakeAll()), "a0 a1 a2 a3 a4");
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), ElementsAre(HasSubstr("passes over " + text)));
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("files_unplayable")), 1);
  try {
    Playing alone({{"files", text}});
    FAIL() << "it should have been refused";
  } catch (const ConfigError& error) {
    ASSERT_THAT(error.problems(), SizeIs(1));
    EXPECT_EQ(error.problems()[0].field, "files");
  }
}

TEST_F(SeveralFiles, AreCheckedEachAndNamedOnce) {
  const auto& def = VideoFileSource::Describe();
  const auto problems = VideoFileSource::Check(
      def.Parse({{"topic", "t"}, {"files", List({a_, folder_ / "x.mp4", folder_ / "y.mp4"})}}), "c");
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_EQ(problems[0].field, "files");
  EXPECT_THAT(problems[1].message, HasSubstr("y.mp4"));
  EXPECT_THROW(def.Parse({{"topic", "t"}, {"files", List({a_, a_})}}), ConfigError);
  EXPECT_THROW(def.Parse({{"topic", "t"}}), ConfigError);
  EXPECT_THROW(def.Parse({{"topic", "t"}, {"file", a_}, {"folder", "/v"}}), ConfigError);
}

TEST_F(SeveralFiles, TakeOffsetsOfEachOfThemByHand) {
  const auto problem = [](const RawConfig& what, const std::string& file) {
    RawConfig raw = what;
    raw["topic"] = "t";
    return VideoFileSource::CheckOffset(VideoFileSource::Describe().Parse(raw), "c", {{"file", file}},
                                        {{"frame", std::int64_t{1}}});
  };
  EXPECT_EQ(problem({{"files", List({a_, b_})}}, b_), std::nullopt);
  EXPECT_THAT(problem({{"files", List({a_, b_})}}, c_)->message, HasSubstr("files names"));
  EXPECT_EQ(problem({{"folder", folder_ / ""}}, c_), std::nullopt);
  EXPECT_NE(problem({{"folder", folder_ / ""}}, "/elsewhere/c.mp4"), std::nullopt);
  EXPECT_NE(problem({{"folder", folder_ / ""}}, folder_ / "c.txt"), std::nullopt);
}

}  // namespace
}  // namespace framespool::video_file
