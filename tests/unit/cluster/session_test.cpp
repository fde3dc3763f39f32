#include <cluster/session.h>

#include <gtest/gtest.h>

namespace framespool::cluster {
namespace {

using std::chrono::seconds;

TEST(SessionTest, HoldsForFourFifthsOfTheTimeoutFromWhenTheProofWasSent) {
  Session session(seconds(10));
  EXPECT_FALSE(session.Holds(seconds(0)));
  session.Joined("m1", seconds(100));
  EXPECT_TRUE(session.Holds(seconds(107)));
  EXPECT_FALSE(session.Holds(seconds(108)));
  session.Proved(seconds(103));
  EXPECT_TRUE(session.Holds(seconds(110)));
  EXPECT_FALSE(session.Holds(seconds(111)));
}

TEST(SessionTest, AProofThatComesLateTakesNothingBack) {
  Session session(seconds(10));
  session.Joined("m1", seconds(100));
  session.Proved(seconds(105));
  session.Proved(seconds(101));
  EXPECT_EQ(session.until(), seconds(113));
}

TEST(SessionTest, WhoIsNoMemberHoldsNothingWhateverIsProved) {
  Session session(seconds(10));
  session.Joined("m1", seconds(100));
  session.Lost();
  session.Proved(seconds(101));
  EXPECT_FALSE(session.Holds(seconds(101)));
  EXPECT_EQ(session.id(), "");
  session.Joined("m2", seconds(102));
  EXPECT_TRUE(session.Holds(seconds(103)));
}

}  // namespace
}  // namespace framespool::cluster
