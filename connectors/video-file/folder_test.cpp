#include "folder.h"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "fakes/eventually.h"
#include "fakes/task_contexts.h"
#include "fakes/temporary_directory.h"
#include "video_file_source.h"

namespace framespool::video_file {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace fs = std::filesystem;

class FolderTest : public testing::Test {
 protected:
  /// A file that was written long ago.
  void Put(const std::string& name, std::chrono::seconds age = 1h) {
    const fs::path path = folder_.path() / name;
    std::ofstream(path) << "x";
    fs::last_write_time(path, fs::file_time_type::clock::now() - age);
  }
  VideoFileConfig Config(const std::string& pattern = "") const {
    VideoFileConfig config;
    config.folder = folder_.path().string();
    config.folder_pattern = pattern;
    config.folder_poll_interval = 10ms;
    config.topic = "t";
    return config;
  }
  std::vector<std::string> Names(const std::string& pattern = "") const {
    std::vector<std::string> names;
    for (const std::string& file : ListFolder(Config(pattern)).files) names.push_back(fs::path(file).filename());
    return names;
  }

  TemporaryDirectory folder_;
};

TEST_F(FolderTest, HasThePlainFilesWhoseNamesMatchInTheirOrder) {
  for (const char* name : {"b.mp4", "a.MKV", "c.txt", ".hidden.mp4", "mp4"}) Put(name);
  fs::create_directory(folder_.path() / "d.mp4");
  fs::create_symlink(folder_.path() / "b.mp4", folder_.path() / "link.mp4");
  EXPECT_THAT(Names(), ElementsAre("a.MKV", "b.mp4"));
  EXPECT_THAT(Names("[bc].*"), ElementsAre("b.mp4", "c.txt"));
  EXPECT_THAT(Names("mp"), IsEmpty()) << "the whole name must match";
}

TEST_F(FolderTest, WaitsForAFileThatIsBeingWritten) {
  Put("whole.mp4");
  Put("growing.mp4", 0s);
  Put("of-another-clock.mp4", -1h);
  EXPECT_THAT(Names(), ElementsAre("of-another-clock.mp4", "whole.mp4"));
}

TEST_F(FolderTest, LeavesOutWhatNoListCanHoldAndSaysSo) {
  Put("a,b.mp4");
  Put("c.mp4");
  FakeConnectorContext context("folder");
  EXPECT_THAT(VideoFileSource::TaskConfigs(Config(), context, 3),
              ElementsAre(RawConfig{{"folder", ""}, {"files", (folder_.path() / "c.mp4").string()}}));
  EXPECT_THAT(context.log(), HasSubstr("leaves out \"a,b.mp4\""));
}

TEST_F(FolderTest, PlaysWhateverANameOfTextHoldsAndSaysWhichIsNoText) {
  for (const char* name : {"line\nend.mp4", "\xC3\xBC.mp4", "latin-\xFC.mp4", "\xFC.txt", ".\xFC.mp4"}) Put(name);
  EXPECT_THAT(Names(), ElementsAre("line\nend.mp4", "\xC3\xBC.mp4"));
  EXPECT_THAT(ListFolder(Config()).left_out, ElementsAre("latin-\xFC.mp4"));
  EXPECT_THAT(ListFolder(Config("b.*")).left_out, IsEmpty()) << "its name would not match either way";
}

TEST_F(FolderTest, IsSplitIntoNoMoreTasksThanThereAreFiles) {
  FakeConnectorContext context("folder");
  EXPECT_THAT(VideoFileSource::TaskConfigs(Config(), context, 3), IsEmpty());
  for (const char* name : {"a.mp4", "b.mp4", "c.mp4", "d.mp4"}) Put(name);
  EXPECT_THAT(VideoFileSource::TaskConfigs(Config(), context, 9), testing::SizeIs(4));
  EXPECT_THAT(VideoFileSource::TaskConfigs(Config(), context, 3), testing::SizeIs(3));
}

TEST_F(FolderTest, AOneFileConnectorHasTheOneTaskThatItHad) {
  VideoFileConfig config;
  config.file = "/v/a.mp4";
  FakeConnectorContext context("folder");
  EXPECT_THAT(VideoFileSource::TaskConfigs(config, context, 5), ElementsAre(RawConfig{}));
  EXPECT_EQ(VideoFileSource::Watch(config, context), nullptr);
}

TEST_F(FolderTest, IsWatchedForFilesThatComeAndGo) {
  FakeConnectorContext context("folder");
  const auto watch = VideoFileSource::Watch(Config(), context);
  ASSERT_TRUE(fakes::Eventually([&] { return context.requests() == 1; })) << "what came before it looked first";
  Put("a.mp4");
  ASSERT_TRUE(fakes::Eventually([&] { return context.requests() >= 2; }));
  int before = context.requests();
  fs::remove(folder_.path() / "a.mp4");
  ASSERT_TRUE(fakes::Eventually([&] { return context.requests() > before; }));
  before = context.requests();
  Put("b,c.mp4");
  EXPECT_TRUE(fakes::Eventually([&] { return context.requests() > before; })) << "then it is said that it is left out";
}

TEST_F(FolderTest, ThatIsAwayIsWaitedFor) {
  const VideoFileConfig config = [&] {
    VideoFileConfig away = Config();
    away.folder += "/mount";
    return away;
  }();
  FakeConnectorContext context("folder");
  EXPECT_THROW(VideoFileSource::TaskConfigs(config, context, 1), RetriableError);
  const auto watch = VideoFileSource::Watch(config, context);
  ASSERT_TRUE(fakes::Eventually([&] { return !context.log().empty(); }));
  fs::create_directory(config.folder);
  EXPECT_TRUE(fakes::Eventually([&] { return context.requests() == 1; }));
  EXPECT_THAT(context.log(), HasSubstr("can be read again"));
}

TEST_F(FolderTest, IsRefusedWhereItIsNoneAndSoIsAPatternThatIsNone) {
  Put("a.mp4");
  VideoFileConfig config = Config();
  EXPECT_EQ(FolderProblem(config), std::nullopt);
  config.folder = (folder_.path() / "a.mp4").string();
  EXPECT_THAT(FolderProblem(config)->message, HasSubstr("is none"));
  config.folder = (folder_.path() / "x").string();
  EXPECT_THAT(FolderProblem(config)->message, HasSubstr("is not there"));
  EXPECT_EQ(PatternProblem(".*"), std::nullopt);
  EXPECT_THAT(PatternProblem("(").value(), HasSubstr("RE2"));
  EXPECT_THAT(PatternProblem(std::string(5000, 'a')).value(), HasSubstr("at most"));
}

}  // namespace
}  // namespace framespool::video_file
