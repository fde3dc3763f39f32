#include <runtime/task_meters.h>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace framespool::runtime {
namespace {

TEST(PluginHistograms, AreTheSameForTheSameName) {
  PluginHistograms histograms;
  EXPECT_EQ(histograms.Find("way"), nullptr) << "nobody has asked for it";
  histograms.Of("way")->Record(std::chrono::milliseconds(3));
  histograms.Of("way")->Record(std::chrono::milliseconds(4));
  ASSERT_NE(histograms.Find("way"), nullptr);
  EXPECT_EQ(histograms.Find("way")->Read().count, 2);
}

TEST(PluginHistograms, OfEverNewNamesNoMoreAreKept) {
  PluginHistograms histograms;
  for (std::size_t i = 0; i < PluginHistograms::kMost; ++i) histograms.Of(std::to_string(i));
  EXPECT_NE(histograms.Of("one more"), nullptr) << "whoever records needs not know";
  EXPECT_EQ(histograms.Find("one more"), nullptr);
  EXPECT_EQ(histograms.Of("7"), histograms.Find("7"));
}

}  // namespace
}  // namespace framespool::runtime
