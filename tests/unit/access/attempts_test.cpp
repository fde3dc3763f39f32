#include "attempts.h"

#include <gtest/gtest.h>

namespace framespool::access {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class AttemptsTest : public testing::Test {
 protected:
  void Fail(const std::string& address, int times) {
    for (int i = 0; i < times; ++i) attempts_.Failed(address, now_);
  }
  seconds WaitOf(const std::string& address) {
    return std::chrono::duration_cast<seconds>(attempts_.WaitOf(address, now_));
  }
  Attempts attempts_;
  Attempts::Clock::time_point now_ = Attempts::Clock::now();
};

TEST_F(AttemptsTest, CostNothingWhileTheyAreFew) {
  Fail("10.0.0.1", 4);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(0));
}

TEST_F(AttemptsTest, CostLongerAndLongerButNeverMoreThanAMinute) {
  Fail("10.0.0.1", 5);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(1));
  Fail("10.0.0.1", 1);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(2));
  Fail("10.0.0.1", 1000);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(60));
  now_ += seconds(59);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(1));
  now_ += seconds(1);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(0));
}

TEST_F(AttemptsTest, CostNobodyElseAnything) {
  Fail("10.0.0.1", 100);
  EXPECT_EQ(WaitOf("10.0.0.2"), seconds(0));
  EXPECT_EQ(WaitOf("unknown"), seconds(0));
}

TEST_F(AttemptsTest, CountForAWholeNetworkOfIpv6) {
  Fail("2001:db8:1:2::1", 100);
  EXPECT_EQ(WaitOf("2001:db8:1:2:3:4:5:6"), seconds(60));
  EXPECT_EQ(WaitOf("2001:db8:1:3::1"), seconds(0));
}

TEST_F(AttemptsTest, AreForgotten) {
  Fail("10.0.0.1", 100);
  now_ += minutes(16);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(0));
  Fail("10.0.0.1", 1);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(0)) << "and are counted from the first again";
}

TEST_F(AttemptsTest, OfVeryManyAddressesKeepTheNewest) {
  for (int i = 0; i < 20'000; ++i) {
    now_ += std::chrono::milliseconds(1);
    attempts_.Failed("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256), now_);
  }
  Fail("10.0.0.1", 5);
  EXPECT_EQ(WaitOf("10.0.0.1"), seconds(1));
}

}  // namespace
}  // namespace framespool::access
