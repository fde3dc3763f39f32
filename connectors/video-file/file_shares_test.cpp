#include "file_shares.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace framespool::video_file {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> Files(int count) {
  std::vector<std::string> files;
  for (int i = 0; i < count; ++i) files.push_back("/recordings/" + std::to_string(1000 + i) + ".mp4");
  return files;
}

/// Each file with those that it shares a task with.
std::set<std::vector<std::string>> Sets(const std::vector<std::vector<std::string>>& shares) {
  return {shares.begin(), shares.end()};
}

TEST(FileSharesTest, HoldEachFileOnceAndDifferByOneAtMost) {
  for (const int count : {0, 1, 2, 3, 7, 8, 9, 40, 41}) {
    for (const int tasks : {1, 2, 3, 4, 8, 100}) {
      const auto files = Files(count);
      const auto shares = SharesOf(files, tasks);
      ASSERT_THAT(shares, SizeIs(std::min(count, tasks)));
      std::vector<std::string> all;
      for (const auto& share : shares) {
        EXPECT_GE(share.size(), files.size() / shares.size());
        EXPECT_LE(share.size(), (files.size() + shares.size() - 1) / shares.size());
        EXPECT_TRUE(std::is_sorted(share.begin(), share.end())) << "in the order of the list";
        all.insert(all.end(), share.begin(), share.end());
      }
      EXPECT_THAT(all, testing::UnorderedElementsAreArray(files));
    }
  }
}

TEST(FileSharesTest, KeepTheOrderOfTheListAndAreTheSameAgain) {
  EXPECT_THAT(SharesOf({"c", "a", "b"}, 1), ElementsAre(ElementsAre("c", "a", "b")));
  EXPECT_EQ(SharesOf(Files(17), 4), SharesOf(Files(17), 4));
  EXPECT_THAT(SharesOf({}, 3), IsEmpty());
}

TEST(FileSharesTest, LeaveMostTasksAloneWhenAFileComesOrGoes) {
  constexpr int kTasks = 8;
  int changed = 0;
  constexpr int kMost = 64;
  for (int count = kTasks + 1; count < kTasks + 1 + kMost; ++count) {
    auto files = Files(count);
    const auto before = Sets(SharesOf(files, kTasks));
    files.erase(files.begin() + count / 2);
    for (const auto& share : SharesOf(files, kTasks)) changed += before.contains(share) ? 0 : 1;
  }
  EXPECT_LT(changed, kMost * kTasks / 2) << "of " << kMost * kTasks << ": round robin would change them all";
}

}  // namespace
}  // namespace framespool::video_file
