#include <access/password.h>
#include <access/users_file.h>
#include <framespool/errors.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "fakes/temporary_directory.h"

namespace framespool::access {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class UsersFileTest : public testing::Test {
 protected:
  void Write(const std::string& text) { std::ofstream(file_) << text; }
  std::string Text() {
    std::ifstream stream(file_);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::string WhyNot() {
    try {
      ReadUsersFile(file_);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  }
  mode_t Mode() {
    struct stat about {};
    stat(file_.c_str(), &about);
    return about.st_mode & 0777;
  }

  const TemporaryDirectory folder_;
  const fs::path file_ = folder_.path() / "users";
  const std::string line_ = "ann:admin:" + HashToken("t0ken") + "\n";
};

TEST_F(UsersFileTest, SaysWhyItCannotBeReadAndWhatToDo) {
  EXPECT_THAT(WhyNot(), HasSubstr("framespool user add"));
  Write("# nobody yet\n");
  EXPECT_THAT(WhyNot(), HasSubstr("has nobody"));
  Write(line_ + "bob\n");
  EXPECT_THAT(WhyNot(), testing::AllOf(HasSubstr(file_.string()), HasSubstr("line 2")));
  fs::remove(file_);
  fs::create_directory(file_);
  EXPECT_THAT(WhyNot(), HasSubstr("is no file"));
  fs::remove(file_);
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  EXPECT_THAT(WhyNot(), HasSubstr("is no file")) << "and nobody waits at a pipe";
}

TEST_F(UsersFileTest, IsMadeForItsOwnerAlone) {
  ChangeFile(file_, [&](const std::string& text) {
    EXPECT_EQ(text, "");
    return line_;
  });
  EXPECT_EQ(Mode(), 0600u);
  EXPECT_EQ(OpenTo(file_), "");
  EXPECT_EQ(ReadUsersFile(file_).all().size(), 1u);
}

TEST_F(UsersFileTest, KeepsItsModeAndALinkToIt) {
  Write(line_);
  fs::permissions(file_, fs::perms(0640));
  const fs::path link = folder_.path() / "link";
  fs::create_symlink(file_, link);
  ChangeFile(link, [&](const std::string& text) { return "#\n" + text; });
  EXPECT_EQ(Mode(), 0640u);
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(Text(), "#\n" + line_);
}

TEST_F(UsersFileTest, StaysAsItIsWhenTheChangeFails) {
  Write(line_);
  EXPECT_THROW(ChangeFile(file_, [](const std::string&) -> std::string { throw std::runtime_error("no"); }),
               std::runtime_error);
  EXPECT_EQ(Text(), line_);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1) << "and nothing lies beside it";
}

TEST_F(UsersFileTest, LosesNothingWhenManyChangeItAtOnce) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) ChangeFile(file_, [](const std::string& text) { return text + "x"; });
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(Text(), std::string(80, 'x'));
}

TEST_F(UsersFileTest, TellsWhatOthersMayDoWithIt) {
  Write(line_);
  fs::permissions(file_, fs::perms(0644));
  EXPECT_THAT(OpenTo(file_), HasSubstr("read"));
  fs::permissions(file_, fs::perms(0660));
  EXPECT_THAT(OpenTo(file_), HasSubstr("write"));
  fs::permissions(file_, fs::perms(0640));
  EXPECT_EQ(OpenTo(file_), "");
}

}  // namespace
}  // namespace framespool::access
