#include "sessions.h"

#include <access/password.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framespool::access {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::Not;

class SessionsTest : public testing::Test {
 protected:
  static Users Parsed(const std::string& text) {
    std::vector<Problem> problems;
    Users users = Users::Parse(text, problems);
    EXPECT_TRUE(problems.empty());
    return users;
  }
  const std::string hash_ = HashToken("x");
  const Users users_ = Parsed("ann:admin:" + hash_ + "\nbob:viewer:" + HashToken("y") + "\n");
  const User& ann_ = *users_.Find("ann");
  const User& bob_ = *users_.Find("bob");
  Sessions sessions_;
  Sessions::Clock::time_point now_ = Sessions::Clock::now();
};

TEST_F(SessionsTest, KnowTheirUsersByTheirSecrets) {
  const std::string ann = sessions_.Begin(ann_, "", now_);
  const std::string bob = sessions_.Begin(bob_, "", now_);
  EXPECT_EQ(sessions_.Find(ann, "", users_, now_), &ann_);
  EXPECT_EQ(sessions_.Find(bob, "", users_, now_), &bob_);
  for (const std::string& odd : {std::string(), std::string("x"), ann + "0", HashToken(ann), ann.substr(1)})
    EXPECT_EQ(sessions_.Find(odd, "", users_, now_), nullptr) << odd;
}

TEST_F(SessionsTest, EndWithALogOut) {
  const std::string one = sessions_.Begin(ann_, "", now_);
  const std::string other = sessions_.Begin(ann_, "", now_);
  sessions_.End(one);
  EXPECT_EQ(sessions_.Find(one, "", users_, now_), nullptr);
  EXPECT_EQ(sessions_.Find(other, "", users_, now_), &ann_);
}

TEST_F(SessionsTest, EndWhenNobodyUsesThem) {
  const std::string secret = sessions_.Begin(ann_, "", now_);
  for (int i = 0; i < 6; ++i) {
    now_ += hours(11);
    EXPECT_EQ(sessions_.Find(secret, "", users_, now_), &ann_) << i;
  }
  now_ += hours(13);
  EXPECT_EQ(sessions_.Find(secret, "", users_, now_), nullptr);
}

TEST_F(SessionsTest, EndAfterAWeekInAnyCase) {
  const std::string secret = sessions_.Begin(ann_, "", now_);
  for (int i = 0; i < 16; ++i) {
    now_ += hours(10);
    EXPECT_EQ(sessions_.Find(secret, "", users_, now_), &ann_) << i;
  }
  now_ += hours(10);
  EXPECT_EQ(sessions_.Find(secret, "", users_, now_), nullptr);
}

TEST_F(SessionsTest, EndWhenTheLineOfTheirUserIsAnotherOne) {
  const std::string secret = sessions_.Begin(ann_, "", now_);
  for (const std::string& line : {"ann:viewer:" + hash_, "ann:admin:" + HashToken("z"), "bob:admin:" + hash_}) {
    const std::string fresh = sessions_.Begin(ann_, "", now_);
    EXPECT_EQ(sessions_.Find(fresh, "", Parsed(line + "\n"), now_), nullptr) << line;
    EXPECT_EQ(sessions_.Find(fresh, "", users_, now_), nullptr) << "and for good";
  }
  EXPECT_EQ(sessions_.Find(secret, "", users_, now_), &ann_);
}

TEST_F(SessionsTest, AreSoManyAtMostAndOfOneUserFewer) {
  const std::string bob = sessions_.Begin(bob_, "", now_);
  std::string first;
  for (int i = 0; i < 100; ++i) {
    now_ += std::chrono::seconds(1);
    const std::string secret = sessions_.Begin(ann_, "", now_);
    if (i == 0) first = secret;
  }
  EXPECT_EQ(sessions_.Find(first, "", users_, now_), nullptr);
  EXPECT_EQ(sessions_.Find(bob, "", users_, now_), &bob_) << "another's log-ins cost nobody his";
}

TEST_F(SessionsTest, OutliveTheirProcessWithoutTheirSecrets) {
  const std::string secret = sessions_.Begin(ann_, "", now_);
  const std::string text = sessions_.Text();
  EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, Not(HasSubstr(hash_)));
  Sessions later;
  EXPECT_NE(later.cookie_name(), sessions_.cookie_name());
  later.Restore(text, now_);
  EXPECT_EQ(later.cookie_name(), sessions_.cookie_name());
  EXPECT_EQ(later.Find(secret, "", users_, now_), &ann_);
  Sessions much_later;
  much_later.Restore(text, now_ + hours(13));
  EXPECT_EQ(much_later.Find(secret, "", users_, now_), nullptr) << "also for a clock that is set back";
}

TEST_F(SessionsTest, KeepThePageThatLoggedInWhateverItIsCalled) {
  for (const std::string& odd : {std::string("http://a b\nc"), std::string(301, 'x')}) {
    const std::string secret = sessions_.Begin(ann_, odd, now_);
    Sessions later;
    later.Restore(sessions_.Text(), now_);
    EXPECT_EQ(later.Find(secret, "", users_, now_), &ann_);
    EXPECT_EQ(later.Find(secret, odd, users_, now_), nullptr);
  }
  const std::string secret = sessions_.Begin(ann_, "http://box:8083", now_);
  Sessions later;
  later.Restore(sessions_.Text(), now_);
  EXPECT_EQ(later.Find(secret, "http://box:8083", users_, now_), &ann_);
  EXPECT_EQ(later.Find(secret, "http://box:8084", users_, now_), nullptr);
}

TEST_F(SessionsTest, TellWhenTheyAreToBeStoredAgain) {
  EXPECT_TRUE(sessions_.TakeChange()) << "the name of the cookie is to stay";
  EXPECT_FALSE(sessions_.TakeChange());
  const std::string secret = sessions_.Begin(ann_, "", now_);
  EXPECT_TRUE(sessions_.TakeChange());
  now_ += std::chrono::minutes(9);
  sessions_.Find(secret, "", users_, now_);
  EXPECT_FALSE(sessions_.TakeChange());
  now_ += std::chrono::minutes(2);
  sessions_.Find(secret, "", users_, now_);
  EXPECT_TRUE(sessions_.TakeChange()) << "or who uses it all day would have to log in again after a restart";
  sessions_.End(secret);
  EXPECT_TRUE(sessions_.TakeChange());
  sessions_.End(secret);
  EXPECT_FALSE(sessions_.TakeChange());
}

TEST_F(SessionsTest, RestoreNothingOfWhatIsNoText) {
  const std::string secret = sessions_.Begin(ann_, "", now_);
  const std::string text = sessions_.Text();
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    Sessions later;
    later.Restore(text.substr(0, size), now_);
    EXPECT_EQ(later.Text().size() > text.size(), false);
  }
  for (const std::string& odd :
       {std::string("\n\n\n"), std::string(1000, '\0'), "x\n" + text, text.substr(0, 20) + "\na b c d e f\n",
        text.substr(0, 20) + "\nh ann l - 99999999999999999999 1\n"}) {
    Sessions later;
    later.Restore(odd, now_);
    EXPECT_EQ(later.Find(secret, "", users_, now_), nullptr);
  }
}

TEST(CookieTest, IsFoundAmongOthers) {
  EXPECT_EQ(CookieOf("framespool-1=a", "framespool-1"), "a");
  EXPECT_EQ(CookieOf("x=framespool-1; framespool-12=b;framespool-1=a; y", "framespool-1"), "a");
  EXPECT_EQ(CookieOf("x=1,framespool-1=a", "framespool-1"), "a");
  for (const char* odd : {"", "framespool-1", "framespool-1;", "xframespool-1=a", "=", ";;"})
    EXPECT_EQ(CookieOf(odd, "framespool-1"), "") << odd;
}

}  // namespace
}  // namespace framespool::access
