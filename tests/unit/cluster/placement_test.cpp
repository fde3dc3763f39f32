#include <cluster/placement.h>

#include <gmock/gmock.h>

#include <string>

namespace framespool::cluster {
namespace {

using testing::HasSubstr;

const Labels kCamera = {{"worker", "cam-3"}, {"site", "berlin"}, {"gpu", ""}};

bool Allows(const std::string& text, const Labels& labels = kCamera) {
  const auto placement = Placement::Parse(text);
  EXPECT_TRUE(placement) << text;
  return placement && placement->Allows(labels);
}

TEST(PlacementTest, NothingSaidIsAnywhere) {
  EXPECT_TRUE(Placement().Allows({}));
  EXPECT_TRUE(Allows(""));
  EXPECT_TRUE(Allows(" \t", {}));
}

TEST(PlacementTest, ALabelIsThereOrHasAValueThatAPatternMatches) {
  EXPECT_TRUE(Allows("gpu"));
  EXPECT_FALSE(Allows("tpu"));
  EXPECT_TRUE(Allows("site=berlin"));
  EXPECT_FALSE(Allows("site=berli"));
  EXPECT_TRUE(Allows("worker=cam-*"));
  EXPECT_TRUE(Allows("worker = c*m-? "));
  EXPECT_FALSE(Allows("worker=*cam"));
  EXPECT_TRUE(Allows("site!=bonn"));
  EXPECT_TRUE(Allows("rack!=*")) << "what is not there is equal to nothing";
  EXPECT_FALSE(Allows("rack=*"));
}

TEST(PlacementTest, NotBindsClosestThenAndThenOr) {
  EXPECT_TRUE(Allows("site=berlin && gpu"));
  EXPECT_TRUE(Allows("site=bonn && gpu || worker=cam-3"));
  EXPECT_FALSE(Allows("site=bonn && (gpu || worker=cam-3)"));
  EXPECT_TRUE(Allows("tpu || site=berlin && gpu"));
  EXPECT_FALSE(Allows("!gpu && site=berlin"));
  EXPECT_TRUE(Allows("!(tpu || site=bonn)&&!!gpu"));
}

TEST(PlacementTest, WhatIsNoExpressionIsRefusedWithItsPlace) {
  for (const char* text : {"&&", "gpu &&", "gpu || ", "(gpu", "gpu)", "site=", "=berlin", "gpu gpu", "site==a", "!",
                           "()", "gpu & x", "a=b=c"}) {
    const auto placement = Placement::Parse(text);
    ASSERT_FALSE(placement) << text;
    EXPECT_EQ(placement.error().reason, base::Reason::kInvalid);
    EXPECT_EQ(placement.error().problems.at(0).field, "placement");
    EXPECT_THAT(placement.error().message, HasSubstr("at character ")) << text;
  }
}

TEST(PlacementTest, NeitherDepthNorLengthNorManyStarsCostsMoreThanAnAnswer) {
  EXPECT_FALSE(Placement::Parse(std::string(900, '(')));
  EXPECT_FALSE(Placement::Parse(std::string(900, '!') + "gpu"));
  EXPECT_FALSE(Placement::Parse(std::string(100'000, 'a')));
  std::string stars = "worker=";
  for (int i = 0; i < 200; ++i) stars += "*a";
  EXPECT_FALSE(Allows(stars + "b", {{"worker", std::string(5000, 'a')}}));
}

}  // namespace
}  // namespace framespool::cluster
