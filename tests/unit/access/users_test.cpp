#include <access/password.h>
#include <access/users.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framespool::access {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// htpasswd -nbB bob "open sesame"; mkpasswd -m yescrypt makes the like of the other.
constexpr const char* kBcrypt = "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

TEST(PasswordTest, IsKnownByItsHashAndByNoOther) {
  const std::string hash = HashPassword("open sesame");
  EXPECT_THAT(hash, testing::StartsWith("$y$"));
  EXPECT_EQ(PasswordHashProblem(hash), std::nullopt);
  EXPECT_TRUE(IsPassword("open sesame", hash));
  for (const char* wrong : {"", "open sesam", "open sesame ", "Open sesame"}) EXPECT_FALSE(IsPassword(wrong, hash));
  EXPECT_FALSE(IsPassword(std::string("open sesame\0x", 13), hash)) << "what stands behind a NUL counts";
  EXPECT_FALSE(IsPassword(std::string(1 << 20, 'x'), hash));
  EXPECT_NE(HashPassword("open sesame"), hash) << "each has a salt of its own";
}

TEST(PasswordTest, MayBeHashedByBcrypt) {
  EXPECT_EQ(PasswordHashProblem(kBcrypt), std::nullopt);
  EXPECT_TRUE(IsPassword("U*U", kBcrypt));  // a test vector of crypt_blowfish
  EXPECT_FALSE(IsPassword("U*V", kBcrypt));
}

TEST(PasswordTest, IsNotHashedByWhatIsWeakSlowOrNotWhole) {
  EXPECT_THAT(PasswordHashProblem("$6$salt$hash").value_or(""), HasSubstr("bcrypt"));
  EXPECT_THAT(PasswordHashProblem("open sesame").value_or(""), HasSubstr("bcrypt"));
  EXPECT_THAT(PasswordHashProblem("").value_or(""), HasSubstr("bcrypt"));
  EXPECT_THAT(PasswordHashProblem("$y$j9T$abc").value_or(""), HasSubstr("whole"));
  EXPECT_THAT(PasswordHashProblem(std::string("$2b$31") + (kBcrypt + 6)).value_or(""), HasSubstr("rounds"));
}

TEST(TokenTest, IsLongAndNewEachTime) {
  const std::string token = NewToken();
  EXPECT_EQ(token.size(), 67u);
  EXPECT_NE(NewToken(), token);
  EXPECT_EQ(HashToken("abc"), "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(UsersTest, AreToldWhatANameMustBeAndWhatThisOneHas) {
  for (const char* good : {"a", "ann.b-c_d@e", "7"}) EXPECT_EQ(NameProblem(good), std::nullopt) << good;
  EXPECT_EQ(NameProblem("b\u00f6 b"),
            "must be 1 to 64 of the letters a to z and A to Z, the digits and - . _ @, but has \"\u00f6\"");
  EXPECT_THAT(NameProblem("a b").value_or(""), testing::EndsWith(", but has \" \""));
  EXPECT_THAT(NameProblem("a:b").value_or(""), testing::EndsWith(", but has \":\""));
  EXPECT_THAT(NameProblem("a\nb").value_or(""), testing::EndsWith(", but has \"\\n\""));
  EXPECT_THAT(NameProblem("a\xff").value_or(""), testing::EndsWith(", but has \"\\xff\""));
  EXPECT_THAT(NameProblem("").value_or(""), testing::EndsWith(", but is empty"));
  EXPECT_EQ(NameProblem(std::string(64, 'x')), std::nullopt);
  EXPECT_THAT(NameProblem(std::string(65, 'x')).value_or(""), testing::EndsWith(", but has 65"));
  std::vector<Problem> problems;
  Users::Parse("b\u00f6b:admin:x\n", problems);
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_THAT(problems[0].message,
              testing::StartsWith("line 1 must begin with a user's name, which must be 1 to 64 of"));
}

TEST(UsersTest, AreReadFromLines) {
  std::vector<Problem> problems;
  const Users users = Users::Parse(
      "# who may\n\n ann:admin:" + std::string(kBcrypt) + "\r\nprometheus:viewer:" + HashToken("t0ken") + "\n",
      problems);
  EXPECT_THAT(problems, IsEmpty());
  ASSERT_NE(users.Find("ann"), nullptr);
  EXPECT_EQ(users.Find("ann")->level, AccessLevel::kAdmin);
  EXPECT_FALSE(users.Find("ann")->has_token());
  EXPECT_EQ(users.Find("Ann"), nullptr);
  ASSERT_NE(users.FindToken(HashToken("t0ken")), nullptr);
  EXPECT_EQ(users.FindToken(HashToken("t0ken"))->name, "prometheus");
  EXPECT_EQ(users.FindToken(kBcrypt), nullptr) << "a password's hash is no token";
  EXPECT_EQ(users.first_with_password()->name, "ann");
  EXPECT_EQ(LineOf(*users.Find("ann")), "ann:admin:" + std::string(kBcrypt));
}

TEST(UsersTest, SayWhichLineIsWrongAndNeverItsHash) {
  const std::string hash = HashToken("t0ken");
  for (const std::string& line :
       std::vector<std::string>{"ann", "ann:admin", ":admin:" + hash, "a b:admin:" + hash, "ann:root:" + hash,
                                "ann:admin:", "ann:admin:secret", "ann::" + hash, "ann:admin:" + hash + ":x",
                                "ann:Admin:" + hash, std::string(65, 'a') + ":admin:" + hash}) {
    std::vector<Problem> problems;
    EXPECT_TRUE(Users::Parse("#\n" + line + "\n", problems).empty()) << line;
    ASSERT_EQ(problems.size(), 1u) << line;
    EXPECT_THAT(problems[0].message, HasSubstr("line 2 ")) << line;
    EXPECT_THAT(problems[0].message, Not(HasSubstr("secret")));
    EXPECT_THAT(problems[0].message, Not(HasSubstr(hash)));
  }
  std::vector<Problem> problems;
  Users::Parse("ann:admin:" + hash + "\nann:viewer:" + hash + "\n", problems);
  EXPECT_EQ(problems.size(), 1u) << "which of the two counts nobody should have to know";
}

}  // namespace
}  // namespace framespool::access
