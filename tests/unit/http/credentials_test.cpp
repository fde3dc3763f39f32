#include <framespool/http/credentials.h>
#include <gtest/gtest.h>

namespace framespool::http {
namespace {

TEST(CredentialsTest, AdmitEveryoneWhereNothingIsAskedFor) {
  EXPECT_TRUE(Credentials().Admit(""));
  EXPECT_TRUE(Credentials("", "").Admit("Basic x"));
  EXPECT_TRUE(Credentials().Challenges().empty());
}

TEST(CredentialsTest, AdmitThePasswordAndTheTokenAndNothingElse) {
  const Credentials credentials("ann:open sesame", "t0ken");
  for (const char* good : {"Basic YW5uOm9wZW4gc2VzYW1l", "basic  YW5uOm9wZW4gc2VzYW1l", "Bearer t0ken", "BEARER t0ken"})
    EXPECT_TRUE(credentials.Admit(good)) << good;
  for (const char* bad : {"", "Basic", "Basic ", "Bearer ", "Bearer t0ke", "Bearer t0ken2", "Bearer T0KEN", "t0ken",
                          "Basic t0ken", "Bearer YW5uOm9wZW4gc2VzYW1l", "Basic YW5uOm9wZW4gc2VzYW1m", "Bearert0ken"})
    EXPECT_FALSE(credentials.Admit(bad)) << bad;
  EXPECT_EQ(credentials.Challenges().size(), 2u);
}

TEST(CredentialsTest, TakeAnEmptySecretForNone) {
  EXPECT_FALSE(Credentials("ann:x", "").Admit("Bearer "));
  EXPECT_FALSE(Credentials("", "t0ken").Admit("Basic "));
}

}  // namespace
}  // namespace framespool::http
