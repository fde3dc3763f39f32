#include <runtime/task_share.h>

#include <gmock/gmock.h>

#include <string>

namespace framespool::runtime {
namespace {

using testing::ElementsAre;

std::vector<RawConfig> Of(const std::vector<std::string>& files) {
  std::vector<RawConfig> configs;
  for (const std::string& file : files) configs.push_back({{"file", file}});
  return configs;
}

std::vector<std::string> Arranged(const std::vector<std::string>& running, const std::vector<std::string>& wanted) {
  std::vector<std::string> files;
  for (const std::size_t place : ArrangedLike(Of(running), Of(wanted))) files.push_back(wanted[place]);
  return files;
}

TEST(TaskShareTest, KeepsTheNumberOfEachTaskWhoseShareStays) {
  EXPECT_THAT(Arranged({"b", "c"}, {"a", "b", "c"}), ElementsAre("b", "c", "a"));
  EXPECT_THAT(Arranged({"a", "b", "c"}, {"a", "c", "d"}), ElementsAre("a", "d", "c"));
  EXPECT_THAT(Arranged({"a", "b", "c"}, {"a", "c"}), ElementsAre("a", "c")) << "2 is no number any more";
  EXPECT_THAT(Arranged({"a", "b", "c", "d"}, {"d", "c"}), ElementsAre("d", "c"));
}

TEST(TaskShareTest, FillsFreeNumbersInTheOrderOfTheSplit) {
  EXPECT_THAT(Arranged({}, {"a", "b"}), ElementsAre("a", "b"));
  EXPECT_THAT(Arranged({"a", "b", "c"}, {"x", "b", "y"}), ElementsAre("x", "b", "y"));
  EXPECT_THAT(Arranged({"a"}, {}), ElementsAre());
}

TEST(TaskShareTest, TellsTasksWithTheSameShareApart) {
  EXPECT_THAT(Arranged({"a", "a"}, {"a"}), ElementsAre("a"));
  EXPECT_THAT(Arranged({"a", "b"}, {"a", "a", "b"}), ElementsAre("a", "b", "a"));
}

}  // namespace
}  // namespace framespool::runtime
