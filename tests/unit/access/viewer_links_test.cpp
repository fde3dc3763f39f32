#include "viewer_links.h"

#include <access/password.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framespool::access {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class ViewerLinksTest : public testing::Test {
 protected:
  static Users Parsed(const std::string& text) {
    std::vector<Problem> problems;
    Users users = Users::Parse(text, problems);
    EXPECT_TRUE(problems.empty());
    return users;
  }
  ViewerLink Live() const { return {.connector = "cam", .topic = "t", .expires = now_ + hours(1)}; }
  NewLink Made(const std::string& user, const ViewerLink& link) { return links_.Make(user, link).value(); }
  static bool Holds(const ViewerLinks& links, const NewLink& link) { return links.Find(link.secret) != nullptr; }

  const Users users_ = Parsed("ann:admin:" + HashToken("x") + "\nolga:operator:" + HashToken("y") + "\n");
  ViewerLinks links_;
  ViewerLink::Time now_ = std::chrono::floor<milliseconds>(ViewerLinks::Clock::now());
};

TEST_F(ViewerLinksTest, AreKnownByTheirSecretsAlone) {
  const NewLink one = Made("ann", Live());
  const NewLink other = Made("ann", Live());
  ASSERT_NE(one.secret, other.secret);
  EXPECT_EQ(links_.Find(one.secret)->kept.id, one.id);
  for (const std::string& odd : {std::string(), one.id, HashToken(one.secret), one.secret + "0", one.secret.substr(1)})
    EXPECT_EQ(links_.Find(odd), nullptr) << odd;
  EXPECT_THAT(one.secret, Not(HasSubstr(one.id)));
  EXPECT_THAT(links_.All(), SizeIs(2));
}

TEST_F(ViewerLinksTest, EndByTheirTime) {
  const NewLink link = Made("ann", Live());
  const std::stop_token holds = links_.Find(link.secret)->holds.get_token();
  EXPECT_FALSE(links_.EndThose(users_, now_ + hours(1) - milliseconds(1)));
  EXPECT_FALSE(holds.stop_requested());
  EXPECT_TRUE(links_.EndThose(users_, now_ + hours(1)));
  EXPECT_TRUE(holds.stop_requested());
  EXPECT_FALSE(Holds(links_, link));
}

TEST_F(ViewerLinksTest, EndWithWhoMadeThem) {
  const NewLink ann = Made("ann", Live());
  const NewLink olga = Made("olga", Live());
  EXPECT_FALSE(
      links_.EndThose(Parsed("ann:operator:" + HashToken("z") + "\nolga:admin:" + HashToken("y") + "\n"), now_))
      << "another password, and another role that may make them";
  EXPECT_TRUE(links_.EndThose(Parsed("ann:admin:" + HashToken("x") + "\nolga:viewer:" + HashToken("y") + "\n"), now_));
  EXPECT_TRUE(Holds(links_, ann));
  EXPECT_FALSE(Holds(links_, olga));
  EXPECT_TRUE(links_.EndThose(Users(), now_));
  EXPECT_FALSE(Holds(links_, ann));
}

TEST_F(ViewerLinksTest, AreTakenBackOnce) {
  const NewLink link = Made("ann", Live());
  const NewLink other = Made("ann", Live());
  const std::stop_token holds = links_.Find(link.secret)->holds.get_token();
  EXPECT_FALSE(links_.Remove(link.secret)) << "it is no id";
  EXPECT_FALSE(links_.Remove(""));
  EXPECT_TRUE(links_.Remove(link.id));
  EXPECT_TRUE(holds.stop_requested());
  EXPECT_FALSE(links_.Remove(link.id));
  EXPECT_FALSE(Holds(links_, link));
  EXPECT_TRUE(Holds(links_, other));
}

TEST_F(ViewerLinksTest, AreBoundedInNumber) {
  for (std::size_t i = 0; i < ViewerLinks::kMost; ++i) ASSERT_TRUE(links_.Make("ann", Live()));
  EXPECT_FALSE(links_.Make("ann", Live()));
  links_.Remove(links_.All().front().id);
  EXPECT_TRUE(links_.Make("ann", Live()));
}

TEST_F(ViewerLinksTest, ComeBackAsTheyWereWithoutTheirSecrets) {
  const ViewerLink odd{.connector = "a b+&expires=1\n%",
                       .topic = "\xC3\xBC",
                       .from = ViewerLink::Time(milliseconds(-5)),
                       .to = ViewerLink::Time(milliseconds(7)),
                       .most_fps = 0.1,
                       .expires = now_ + hours(2)};
  const NewLink one = Made("ann", odd);
  const NewLink live = Made("olga", Live());
  const std::string text = links_.Text();
  EXPECT_THAT(text, Not(HasSubstr(one.secret)));
  ViewerLinks next;
  next.Restore(text);
  EXPECT_EQ(next.Text(), text);
  const ViewerLink& read = next.Find(one.secret)->kept.link;
  EXPECT_EQ(read.connector, odd.connector);
  EXPECT_EQ(read.topic, odd.topic);
  EXPECT_EQ(read.from, odd.from);
  EXPECT_EQ(read.to, odd.to);
  EXPECT_EQ(read.most_fps, odd.most_fps);
  EXPECT_EQ(read.expires, odd.expires);
  EXPECT_EQ(next.Find(live.secret)->kept.user, "olga");
  EXPECT_FALSE(next.Find(live.secret)->kept.link.from);
}

TEST_F(ViewerLinksTest, OpenNothingMoreWhereTheirFileIsDamaged) {
  ViewerLink span = Live();
  span.from = now_;
  span.to = now_ + hours(1);
  const NewLink link = Made("ann", span);
  const std::string text = links_.Text();
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    ViewerLinks next;
    next.Restore(text.substr(0, size));
    EXPECT_FALSE(Holds(next, link)) << size;
  }
  for (const char* bound : {"from=", "to=", "expires="}) {
    std::string changed = text;
    changed.insert(changed.find(bound) + std::string_view(bound).size(), 1, 'x');
    ViewerLinks next;
    next.Restore(changed);
    EXPECT_THAT(next.All(), SizeIs(0)) << changed;
  }
  ViewerLinks next;
  next.Restore("\n\nnonsense\n%zz=1\nid=1&hash=sha256:0\n" + text + "id=&hash=" + HashToken("x") + "\n");
  EXPECT_THAT(next.All(), SizeIs(1));
}

}  // namespace
}  // namespace framespool::access
