#include <access/gatekeeper.h>
#include <access/password.h>
#include <access/users_file.h>
#include <framespool/errors.h>
#include <framespool/http/text.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <optional>

#include "fakes/eventually.h"
#include "fakes/temporary_directory.h"

namespace framespool::access {
namespace {

namespace fs = std::filesystem;
using Kind = AccessAnswer::Kind;
using testing::HasSubstr;

std::string Basic(const std::string& name, const std::string& password) {
  return "Basic " + http::Base64(name + ":" + password);
}

class GatekeeperTest : public testing::Test {
 protected:
  void Write(const std::string& text) {
    ChangeFile(file_, [&](const std::string&) { return text; });
  }
  std::string Line(const std::string& name, const std::string& role, const std::string& password) {
    return name + ":" + role + ":" + HashPassword(password) + "\n";
  }
  std::string Token(const std::string& name, const std::string& role, const std::string& token) {
    return name + ":" + role + ":" + HashToken(token) + "\n";
  }
  Gatekeeper& Gate() {
    if (!gate_) gate_.emplace(file_);
    return *gate_;
  }
  /// Nothing when it is not answered at once; then `late` is to come.
  std::optional<AccessAnswer> AtOnce(
      const std::string& authorization, AccessGate::Then late = [](const AccessAnswer&) {}) {
    auto asked = Gate().Ask({.authorization = authorization, .cookie = {}, .client = "10.0.0.1"}, std::move(late));
    if (auto* answer = std::get_if<AccessAnswer>(&asked)) return *answer;
    question_ = std::get<std::unique_ptr<AccessQuestion>>(std::move(asked));
    return std::nullopt;
  }
  AccessAnswer Ask(const std::string& authorization) {
    std::promise<AccessAnswer> answer;
    if (auto now = AtOnce(authorization, [&](AccessAnswer late) { answer.set_value(std::move(late)); })) return *now;
    return answer.get_future().get();
  }

  const TemporaryDirectory folder_;
  const fs::path file_ = folder_.path() / "users";
  std::optional<Gatekeeper> gate_;
  std::unique_ptr<AccessQuestion> question_;
};

TEST_F(GatekeeperTest, StartsWithNoFileThatDoesNotSayWhoMay) {
  EXPECT_THROW(Gate(), ConfigError);
  std::ofstream(file_) << "ann:admin:secret\n";
  EXPECT_THROW(Gate(), ConfigError);
}

TEST_F(GatekeeperTest, AdmitsUsersByTheirPasswordsWithTheirRoles) {
  Write(Line("ann", "admin", "open sesame") + Line("bob", "viewer", "p:ss wörd"));
  const AccessAnswer ann = Ask(Basic("ann", "open sesame"));
  EXPECT_EQ(ann.kind, Kind::kAdmitted);
  EXPECT_EQ(ann.user, "ann");
  EXPECT_EQ(ann.level, AccessLevel::kAdmin);
  const AccessAnswer bob = Ask(Basic("bob", "p:ss wörd"));
  EXPECT_EQ(bob.kind, Kind::kAdmitted);
  EXPECT_EQ(bob.level, AccessLevel::kViewer);
}

TEST_F(GatekeeperTest, RefusesEverythingElseInTheSameWords) {
  Write(Line("ann", "admin", "open sesame") + Token("prometheus", "viewer", "t0ken"));
  const AccessAnswer wrong = Ask(Basic("ann", "open"));
  EXPECT_EQ(wrong.kind, Kind::kRefused);
  EXPECT_EQ(Ask(Basic("eve", "open sesame")).message, wrong.message) << "who there is, is nobody's business";
  EXPECT_EQ(Ask(Basic("prometheus", "t0ken")).message, wrong.message);
  EXPECT_EQ(Ask(Basic("ann", "")).kind, Kind::kRefused);
  const std::string hash = "Bearer " + HashToken("t0ken");
  for (const char* odd : {"", "Basic", "Bearer", "Bearer x", "Digest x", hash.c_str()})
    EXPECT_EQ(AtOnce(odd).value_or(AccessAnswer{.kind = Kind::kAdmitted}).kind, Kind::kRefused) << odd;
}

TEST_F(GatekeeperTest, AdmitsATokenAtOnce) {
  Write(Token("prometheus", "viewer", "t0ken"));
  const auto answer = AtOnce("bearer  t0ken");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->kind, Kind::kAdmitted);
  EXPECT_EQ(answer->user, "prometheus");
  EXPECT_EQ(Ask(Basic("ann", "x")).kind, Kind::kRefused) << "where nobody has a password";
}

TEST_F(GatekeeperTest, ChecksAPasswordOnceForSomeMinutes) {
  Write(Line("ann", "admin", "open sesame"));
  EXPECT_FALSE(AtOnce(Basic("ann", "open sesame")));
  EXPECT_EQ(Ask(Basic("ann", "open sesame")).kind, Kind::kAdmitted);
  const auto again = AtOnce(Basic("ann", "open sesame"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->user, "ann");
  EXPECT_FALSE(AtOnce(Basic("ann", "open sesamf")));
}

TEST_F(GatekeeperTest, SlowsDownWhoGuessesAndNobodyWhoIsKnown) {
  Write(Line("ann", "admin", "open sesame") + Token("prometheus", "viewer", "t0ken"));
  EXPECT_EQ(Ask(Basic("ann", "open sesame")).kind, Kind::kAdmitted);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask(Basic("ann", "guess" + std::to_string(i))).kind, Kind::kRefused);
  EXPECT_EQ(Ask(Basic("ann", "guess")).kind, Kind::kLater);
  EXPECT_EQ(Ask(Basic("ann", "open sesame")).kind, Kind::kAdmitted);
  EXPECT_EQ(Ask("Bearer t0ken").kind, Kind::kAdmitted);
}

TEST_F(GatekeeperTest, ReadsTheFileAgainWhenItChanges) {
  Write(Line("ann", "admin", "open sesame") + Token("old", "viewer", "t0ken"));
  EXPECT_EQ(Ask(Basic("ann", "open sesame")).level, AccessLevel::kAdmin);
  Write(Line("ann", "viewer", "another one") + Token("new", "viewer", "new token"));
  EXPECT_TRUE(fakes::Eventually([&] { return Ask("Bearer new token").kind == Kind::kAdmitted; }));
  EXPECT_EQ(Ask("Bearer t0ken").kind, Kind::kRefused);
  EXPECT_EQ(Ask(Basic("ann", "open sesame")).kind, Kind::kRefused) << "though it was remembered";
  EXPECT_EQ(Ask(Basic("ann", "another one")).level, AccessLevel::kViewer);
}

TEST_F(GatekeeperTest, KeepsItsUsersWhileTheFileIsWrongOrGone) {
  Write(Token("old", "viewer", "t0ken"));
  EXPECT_EQ(Ask("Bearer t0ken").kind, Kind::kAdmitted);
  Write("nonsense\n");
  Write("");
  fs::remove(file_);
  Write("#\n");
  EXPECT_EQ(Ask("Bearer t0ken").kind, Kind::kAdmitted);
  Write(Token("new", "viewer", "new token"));
  EXPECT_TRUE(fakes::Eventually([&] { return Ask("Bearer new token").kind == Kind::kAdmitted; }));
  EXPECT_EQ(Ask("Bearer t0ken").kind, Kind::kRefused);
}

class SessionsOfAGatekeeper : public GatekeeperTest {
 protected:
  void SetUp() override {
    Write(Token("ann", "admin", "t0ken") + Token("bob", "viewer", "other"));
    Start();
  }
  void Start() {
    gate_.reset();
    gate_.emplace(file_, KeptFiles{.sessions = sessions_, .links = links_});
  }
  AccessAnswer With(const std::string& cookie) {
    return std::get<AccessAnswer>(gate_->Ask({.authorization = {}, .cookie = cookie, .client = "10.0.0.1"}, {}));
  }
  /// What a browser sends for a Set-Cookie.
  static std::string Sent(const std::string& set_cookie) { return set_cookie.substr(0, set_cookie.find(';')); }
  AccessAnswer By(const std::string& link) {
    const AccessRequest request{.authorization = {}, .cookie = {}, .client = "10.0.0.1", .link = link};
    return std::get<AccessAnswer>(gate_->Ask(request, {}));
  }
  static ViewerLink Live(std::chrono::milliseconds time = std::chrono::hours(1)) {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    return {.connector = "cam", .expires = now + time};
  }
  const fs::path sessions_ = folder_.path() / "sessions";
  const fs::path links_ = folder_.path() / "links";
};

TEST_F(SessionsOfAGatekeeper, BeginWithACookieThatNoScriptReads) {
  const std::string cookie = gate_->Begin("ann", "", false);
  EXPECT_THAT(cookie, testing::AllOf(testing::StartsWith("framespool-"), HasSubstr("; HttpOnly"),
                                     HasSubstr("; SameSite=Strict"), HasSubstr("; Path=/"), HasSubstr("; Max-Age=")));
  EXPECT_THAT(cookie, testing::Not(HasSubstr("Secure")));
  EXPECT_THAT(gate_->Begin("ann", "", true), HasSubstr("; Secure"));
  const AccessAnswer answer = With("x=y; " + Sent(cookie));
  EXPECT_EQ(answer.kind, Kind::kAdmitted);
  EXPECT_EQ(answer.user, "ann");
  EXPECT_EQ(answer.level, AccessLevel::kAdmin);
  EXPECT_EQ(With(Sent(cookie) + "0").kind, Kind::kRefused);
}

TEST_F(SessionsOfAGatekeeper, AreOfThePageThatLoggedIn) {
  const std::string cookie = Sent(gate_->Begin("ann", "http://box:8083", false));
  const auto from = [&](const std::string& origin) {
    const AccessRequest request{.authorization = {}, .cookie = cookie, .client = "10.0.0.1", .origin = origin};
    return std::get<AccessAnswer>(gate_->Ask(request, {})).kind;
  };
  EXPECT_EQ(from("http://box:8083"), Kind::kAdmitted);
  EXPECT_EQ(from(""), Kind::kAdmitted) << "no page has sent it, or one of where it is sent to";
  for (const char* other : {"http://box:9999", "http://box", "https://box:8083", "null", "http://stranger.test"})
    EXPECT_EQ(from(other), Kind::kRefused) << other;
  EXPECT_EQ(from("http://box:8083"), Kind::kAdmitted) << "what a stranger tries ends nothing";
}

TEST_F(SessionsOfAGatekeeper, EndWithALogOut) {
  const std::string cookie = Sent(gate_->Begin("ann", "", false));
  EXPECT_THAT(gate_->End(cookie), HasSubstr("Max-Age=0"));
  EXPECT_EQ(With(cookie).kind, Kind::kRefused);
}

TEST_F(SessionsOfAGatekeeper, AreNobodysWhereTheUserIsGone) {
  EXPECT_EQ(With(Sent(gate_->Begin("eve", "", false))).kind, Kind::kRefused);
  const std::string bob = Sent(gate_->Begin("bob", "", false));
  EXPECT_EQ(With(bob).kind, Kind::kAdmitted);
  Write(Token("ann", "admin", "t0ken"));
  EXPECT_TRUE(fakes::Eventually([&] { return With(bob).kind == Kind::kRefused; }));
}

TEST_F(SessionsOfAGatekeeper, OutliveTheProcessAndSoDoesALogOut) {
  const std::string ann = Sent(gate_->Begin("ann", "", false));
  const std::string bob = Sent(gate_->Begin("bob", "", false));
  gate_->End(bob);
  Start();
  EXPECT_EQ(With(ann).user, "ann");
  EXPECT_EQ(With(bob).kind, Kind::kRefused);
  EXPECT_EQ(fs::status(sessions_).permissions(), fs::perms(0600));
}

TEST_F(SessionsOfAGatekeeper, AreWrittenBeforeTheProcessEnds) {
  const std::string cookie = Sent(gate_->Begin("ann", "", false));
  ASSERT_TRUE(fakes::Eventually([&] {
    std::ifstream file(sessions_);
    return std::string(std::istreambuf_iterator<char>(file), {}).find(" ann ") != std::string::npos;
  }));
  Gatekeeper next(file_, {.sessions = sessions_, .links = {}});  // as if the first had been killed
  EXPECT_EQ(std::get<AccessAnswer>(next.Ask({.authorization = {}, .cookie = cookie, .client = "x"}, {})).user, "ann");
}

using LinksOfAGatekeeper = SessionsOfAGatekeeper;

TEST_F(LinksOfAGatekeeper, AdmitWhoShowsOneAndNothingElse) {
  const NewLink made = gate_->MakeLink("ann", Live()).value();
  const AccessAnswer answer = By(made.secret);
  EXPECT_EQ(answer.kind, Kind::kAdmitted);
  EXPECT_EQ(answer.user, "link " + made.id + " of ann");
  EXPECT_EQ(answer.level, AccessLevel::kViewer);
  ASSERT_TRUE(answer.link);
  EXPECT_EQ(answer.link->connector, "cam");
  EXPECT_THAT(By("fs_0").message, HasSubstr("over, was taken back, or is none of this worker's"));
  const AccessRequest both{.authorization = "Bearer x", .cookie = {}, .client = "10.0.0.1", .link = made.secret};
  EXPECT_EQ(std::get<AccessAnswer>(gate_->Ask(both, {})).kind, Kind::kRefused) << "a wrong token stays wrong";
  EXPECT_FALSE(With("").link);
}

TEST_F(LinksOfAGatekeeper, OutliveTheProcessUntilTheyAreTakenBack) {
  const NewLink made = gate_->MakeLink("ann", Live()).value();
  const NewLink other = gate_->MakeLink("ann", Live()).value();
  EXPECT_EQ(fs::status(links_).permissions(), fs::perms(0600));
  // As if the first had been killed: nothing is left to be written.
  fs::copy_file(links_, folder_.path() / "kept");
  Gatekeeper next(file_, {.sessions = {}, .links = folder_.path() / "kept"});
  const AccessRequest request{.authorization = {}, .cookie = {}, .client = "10.0.0.1", .link = made.secret};
  EXPECT_EQ(std::get<AccessAnswer>(next.Ask(request, {})).kind, Kind::kAdmitted);
  EXPECT_FALSE(gate_->RemoveLink("none"));
  EXPECT_TRUE(gate_->RemoveLink(made.id));
  EXPECT_EQ(By(made.secret).kind, Kind::kRefused);
  Start();
  EXPECT_EQ(By(made.secret).kind, Kind::kRefused);
  EXPECT_EQ(By(other.secret).kind, Kind::kAdmitted);
}

TEST_F(LinksOfAGatekeeper, AreNotMadeWhereTheyCannotBeKept) {
  const NewLink made = gate_->MakeLink("ann", Live()).value();
  fs::remove(links_);
  fs::create_directories(links_ / "in the way");
  EXPECT_THROW(gate_->MakeLink("ann", Live()), std::system_error);
  EXPECT_EQ(gate_->Links().size(), 1U);
  EXPECT_THROW(gate_->RemoveLink(made.id), std::system_error);
  EXPECT_EQ(By(made.secret).kind, Kind::kRefused) << "as far as this process goes it is taken back";
  fs::remove_all(links_);
  EXPECT_TRUE(gate_->MakeLink("ann", Live()));
}

TEST_F(LinksOfAGatekeeper, TellWhatIsUnderWayByThemToEnd) {
  const NewLink made = gate_->MakeLink("ann", Live()).value();
  const NewLink kept = gate_->MakeLink("ann", Live()).value();
  const NewLink brief = gate_->MakeLink("ann", Live(std::chrono::milliseconds(300))).value();
  const std::stop_token by_made = By(made.secret).until, by_kept = By(kept.secret).until;
  const AccessAnswer by_brief = By(brief.secret);
  ASSERT_EQ(by_brief.kind, Kind::kAdmitted);
  gate_->RemoveLink(made.id);
  EXPECT_TRUE(by_made.stop_requested());
  EXPECT_TRUE(fakes::Eventually([&] { return by_brief.until.stop_requested(); }));
  EXPECT_FALSE(by_kept.stop_requested());
  Write(Token("bob", "viewer", "other"));
  EXPECT_TRUE(fakes::Eventually([&] { return by_kept.stop_requested(); }));
  EXPECT_TRUE(gate_->Links().empty());
}

TEST_F(GatekeeperTest, TellsWhatIsUnderWayForAUserToEndWhenHisLineChanges) {
  Write(Token("ann", "admin", "t0ken") + Token("bob", "viewer", "other") + Line("eve", "viewer", "open sesame"));
  const std::stop_token ann = Ask("Bearer t0ken").until, bob = Ask("Bearer other").until;
  const std::stop_token eve = Ask(Basic("eve", "open sesame")).until;
  EXPECT_TRUE(ann.stop_possible() && bob.stop_possible() && eve.stop_possible());
  Write(Token("ann", "admin", "t0ken") + Token("bob", "operator", "other") + Token("new", "viewer", "x"));
  EXPECT_TRUE(fakes::Eventually([&] { return bob.stop_requested() && eve.stop_requested(); }));
  EXPECT_FALSE(ann.stop_requested()) << "whose line is what it was";
  EXPECT_FALSE(Ask("Bearer other").until.stop_requested()) << "he may come back as what he is now";
}

TEST_F(GatekeeperTest, EndsWhileSomebodyWaits) {
  Write(Line("ann", "admin", "open sesame"));
  std::vector<std::unique_ptr<AccessQuestion>> questions;
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(AtOnce(Basic("ann", "open sesame"))) << i;
    questions.push_back(std::move(question_));
  }
  gate_.reset();
}

}  // namespace
}  // namespace framespool::access
