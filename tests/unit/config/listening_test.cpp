#include <config/listening.h>
#include <framespool/errors.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framespool::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ListeningTest, KnowsWhatOnlyThisMachineCanCall) {
  for (const char* host : {"localhost", "127.0.0.1", "127.9.8.7", "::1", "[::1]"})
    EXPECT_TRUE(IsOfThisMachine(host)) << host;
  for (const char* host :
       {"", "0.0.0.0", "::", "[::]", "192.168.1.2", "10.0.0.1", "example.org", "127.0.0.1.example.org",
        "localhost.example.org", "a.localhost", "127.1", "::ffff:10.0.0.1", "128.0.0.1", "[::1"})
    EXPECT_FALSE(IsOfThisMachine(host)) << host;
}

class ListeningOfConnectors : public testing::Test {
 protected:
  ListeningOfConnectors() {
    host_.name = "http.host";
    host_.role = Role::kHost;
    host_.default_value = "127.0.0.1";
    credential_.name = "http.basic.auth";
    credential_.role = Role::kCredential;
    credential_.default_value = "";
  }
  std::vector<std::string> Fields(const Listening& listening, const RawConfig& config) {
    const std::vector<FieldSpec> fields{host_, credential_};
    std::vector<std::string> wrong;
    for (const Problem& problem : listening.Problems(fields, config)) wrong.push_back(problem.field);
    return wrong;
  }
  FieldSpec host_;
  FieldSpec credential_;
  const Listening guarded_{nullptr, false};
};

TEST_F(ListeningOfConnectors, IsOnThisMachineAloneWhereNobodyIsAsked) {
  EXPECT_THAT(Fields(guarded_, {}), IsEmpty());
  EXPECT_THAT(Fields(guarded_, {{"http.host", " localhost "}}), IsEmpty());
  EXPECT_THAT(Fields(guarded_, {{"http.host", "0.0.0.0"}}), ElementsAre("http.host"));
}

TEST_F(ListeningOfConnectors, MayBeAnywhereWithACredentialOfItsOwn) {
  EXPECT_THAT(Fields(guarded_, {{"http.host", "0.0.0.0"}, {"http.basic.auth", "ann:secret"}}), IsEmpty());
  EXPECT_THAT(Fields(guarded_, {{"http.host", "0.0.0.0"}, {"http.basic.auth", " "}}), ElementsAre("http.host"));
}

TEST_F(ListeningOfConnectors, MayBeAnywhereWithUsersOrWhereTheOwnerWantsItSo) {
  EXPECT_THAT(Fields(Listening(nullptr, true), {{"http.host", "0.0.0.0"}}), IsEmpty());
  struct Nobody final : AccessGate {
    std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& /*request*/,
                                                                    Then /*then*/) override {
      return AccessAnswer();
    }
  } gate;
  EXPECT_THAT(Fields(Listening(&gate, false), {{"http.host", "0.0.0.0"}}), IsEmpty());
}

TEST_F(ListeningOfConnectors, SaysWhatToWriteWhereItIsRefused) {
  const std::vector<FieldSpec> fields{host_, credential_};
  try {
    guarded_.Require(fields, {{"http.host", "0.0.0.0"}});
    FAIL() << "nobody is asked who he is";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("0.0.0.0"), HasSubstr("listeners.users.file"),
                                             HasSubstr("http.basic.auth"), HasSubstr("listeners.insecure=true")));
    EXPECT_EQ(error.problems()[0].kind, ProblemKind("open-to-all"));
  }
}

}  // namespace
}  // namespace framespool::config
