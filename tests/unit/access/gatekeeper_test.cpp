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
