#include <config/file_access.h>

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "fakes/temporary_directory.h"

namespace framespool::config {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class FileAccessTest : public testing::Test {
 protected:
  FileAccessTest() {
    for (const char* folder : {"videos", "videos-2", "data", "elsewhere"}) fs::create_directories(root() / folder);
    for (const char* file : {"videos/a.mp4", "data/framespool.db", "elsewhere/b.mp4", "worker.properties"})
      std::ofstream(root() / file) << "x";
  }
  fs::path root() const { return folder_.path(); }
  FileAccess Rooted() const { return {{root() / "videos"}, Own()}; }
  FileAccess Free() const { return {{}, Own()}; }
  std::vector<OwnPath> Own() const {
    return {{"data.dir", root() / "data"}, {"the worker's properties", root() / "worker.properties"}};
  }
  static std::string Problem(const FileAccess& files, const fs::path& path) {
    const auto errors = files.Problems(Fields(), {{"file", path.string()}});
    EXPECT_LE(errors.size(), 1u);
    return errors.empty() ? "" : errors[0].field + " " + errors[0].message;
  }
  static std::vector<FieldSpec> Fields() {
    FieldSpec file;
    file.name = "file";
    file.role = Role::kPath;
    FieldSpec text;
    text.name = "text";
    return {file, text};
  }

 private:
  TemporaryDirectory folder_;
};

TEST_F(FileAccessTest, LetsConnectorsOpenWhatLiesBelowARoot) {
  for (const char* path : {"videos/a.mp4", "videos/new/b.mp4", "videos/../videos/a.mp4", "elsewhere/../videos/a.mp4"})
    EXPECT_EQ(Problem(Rooted(), root() / path), "") << path;
}

TEST_F(FileAccessTest, RefusesWhatLeadsOutOfTheRoots) {
  fs::create_symlink(root() / "elsewhere" / "b.mp4", root() / "videos" / "link.mp4");
  fs::create_directory_symlink(root() / "elsewhere", root() / "videos" / "folder");
  fs::create_symlink(root() / "elsewhere" / "not-yet.mp4", root() / "videos" / "dangling.mp4");
  for (const char* path :
       {"elsewhere/b.mp4", "videos/../elsewhere/b.mp4", "videos-2/a.mp4", "videos/link.mp4", "videos/folder/b.mp4",
        "videos/folder/new.mp4", "videos/dangling.mp4", "videos/nothing/../../elsewhere/b.mp4"}) {
    EXPECT_THAT(Problem(Rooted(), root() / path), HasSubstr("file must lie below a folder of the worker's file.roots"))
        << path;
  }
  EXPECT_THAT(Problem(Rooted(), root() / "videos/link.mp4"), HasSubstr("elsewhere/b.mp4")) << "it says where it leads";
}

TEST_F(FileAccessTest, NeverLetsThemOpenTheWorkersOwn) {
  fs::create_symlink(root() / "data" / "framespool.db", root() / "videos" / "db.mp4");
  fs::create_hard_link(root() / "worker.properties", root() / "videos" / "hard.mp4");
  const std::string magic = "/proc/" + std::to_string(getpid()) + "/root" + (root() / "data/framespool.db").string();
  for (const std::string& path : {(root() / "data/framespool.db").string(), (root() / "data/new").string(),
                                  (root() / "data").string(), (root() / "videos/../data/x").string(),
                                  (root() / "videos/db.mp4").string(), (root() / "videos/hard.mp4").string(), magic}) {
    EXPECT_THAT(Problem(Free(), path), HasSubstr("one of the worker's own files")) << path;
    EXPECT_NE(Problem(Rooted(), path), "") << path;
  }
  EXPECT_EQ(Problem(Free(), root() / "elsewhere/b.mp4"), "") << "without roots all else may be opened";
}

TEST_F(FileAccessTest, LooksAtNoOtherFields) {
  EXPECT_TRUE(Rooted().Problems(Fields(), {{"text", (root() / "data/framespool.db").string()}}).empty());
  EXPECT_TRUE(Rooted().Problems(Fields(), {{"file", ""}}).empty());
}

TEST_F(FileAccessTest, SaysSoOfLinksThatLeadNowhere) {
  fs::create_symlink(root() / "videos" / "two", root() / "videos" / "one");
  fs::create_symlink(root() / "videos" / "one", root() / "videos" / "two");
  EXPECT_THAT(Problem(Rooted(), root() / "videos/one"), HasSubstr("must be a path that can be followed"));
}

TEST_F(FileAccessTest, IsAskedAgainWhenATaskStarts) {
  const RawConfig config{{"file", (root() / "videos/a.mp4").string()}};
  const FileAccess files = Rooted();
  EXPECT_NO_THROW(files.Require(Fields(), config));
  fs::remove(root() / "videos/a.mp4");
  fs::create_symlink(root() / "elsewhere/b.mp4", root() / "videos/a.mp4");
  EXPECT_THROW(files.Require(Fields(), config), ConfigError);
}

}  // namespace
}  // namespace framespool::config
