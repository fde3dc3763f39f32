// Which values of a config only admins read, by what connectors declare and by how keys sound.
#include <config/passwords.h>
#include <gmock/gmock.h>
#include <plugins/plugin_registry.h>

namespace framespool::config {
namespace {

using testing::ElementsAre;

class PasswordsTest : public testing::Test {
 protected:
  plugins::PluginRegistry plugins_{{PLUGINS}};
  const RawConfig sink_ = {{"connector.class", "MjpegHttpSink"},
                           {"topics", "door"},
                           {"http.basic.auth", "ann:open sesame"},
                           {"http.bearer.token", ""},
                           {"http.port", "5000"}};
};

TEST_F(PasswordsTest, AreThoseThatTheClassDeclares) {
  RawConfig shown = sink_;
  shown["http.basic.auth"] = "[hidden]";
  EXPECT_EQ(WithoutPasswords(sink_, plugins_), shown) << "one that is empty hides nothing";
  EXPECT_THAT(PasswordsOf(sink_, plugins_), ElementsAre("ann:open sesame"));
  EXPECT_THAT(PasswordKeys(sink_, plugins_), ElementsAre("http.basic.auth", "http.bearer.token"));
}

TEST_F(PasswordsTest, AreKnownOfAPartOfAConfigByTheRestOfIt) {
  EXPECT_EQ(WithoutPasswords({{"http.basic.auth", "ann:x"}, {"topics", "a"}}, plugins_, sink_),
            (RawConfig{{"http.basic.auth", "[hidden]"}, {"topics", "a"}}));
}

TEST_F(PasswordsTest, OfKeysThatNobodyDeclaresAreThoseThatSoundLikeIt) {
  const RawConfig config = {{"connector.class", "org.example.Gone"},
                            {"http.basic.auth", "ann:x"},
                            {"camera.Password", "p"},
                            {"api.key", "k"},
                            {"producer.override.sasl.jaas.config", "required username=x password=y;"},
                            {"consumer.override.ssl.keystore.key", "-----BEGIN"},
                            {"topic", "door"},
                            {"monkey", "see"},
                            {"tasks.max", "1"}};
  EXPECT_THAT(PasswordKeys(config, plugins_),
              ElementsAre("api.key", "camera.Password", "consumer.override.ssl.keystore.key", "http.basic.auth",
                          "producer.override.sasl.jaas.config"));
  EXPECT_EQ(WithoutPasswords(config, plugins_).at("monkey"), "see");
}

TEST_F(PasswordsTest, StandInUrlsAsWell) {
  const std::pair<std::string, std::string> all[] = {
      {"rtsp://root:pass@cam/stream", "rtsp://[hidden]@cam/stream"},
      {"http://a:b@c, http://d:e@f?x=1", "http://[hidden]@c, http://[hidden]@f?x=1"},
      {"http://only@host", "http://[hidden]@host"},
      {"http://a:p@ss@host/", "http://[hidden]@host/"},
      {"http://host/path@2x.png", "http://host/path@2x.png"},
      {"ann@example.org", "ann@example.org"},
      {"://", "://"},
      {"://@", "://[hidden]@"},
      {"x://a:b@", "x://[hidden]@"},
      {"", ""}};
  for (const auto& [value, shown] : all)
    EXPECT_EQ(WithoutPasswords({{"place", value}}, plugins_).at("place"), shown) << value;
  EXPECT_THAT(PasswordsOf({{"place", "rtsp://root:pass@cam http://only@host"}}, plugins_), ElementsAre("pass"));
}

TEST_F(PasswordsTest, CostNothingOfWhatIsHuge) {
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "x://a:b@";
  EXPECT_EQ(WithoutPasswords({{"place", many}}, plugins_).at("place").find("a:b"), std::string::npos);
}

}  // namespace
}  // namespace framespool::config
