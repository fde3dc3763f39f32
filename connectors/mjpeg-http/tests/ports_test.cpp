// Ports and paths: shared, taken, given back.
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::HasSubstr;

class Ports : public ::testing::Test {
 protected:
  Ports() {
    topic.Append(Picture(1));
    other_topic.Append(Picture(2));
  }
  static SinkConfig At(int port, const std::string& path, const fakes::FakeTopic& shown) {
    SinkConfig config;
    config.topics = {shown.name()};
    config.port = port;
    config.path = path;
    return config;
  }

  fakes::FakeTopic topic{"front"}, other_topic{"back"};
  MjpegLibrary library;
  fakes::FakeViewContext front{topic, "front"}, back{other_topic, "back"};
};

TEST_F(Ports, AreSharedByTwoSinksOnDifferentPaths) {
  auto first = std::make_unique<MjpegHttpSink>(At(0, "/", topic), front, library);
  const int port = first->port();
  const auto second = std::make_unique<MjpegHttpSink>(At(port, "/cam/back", other_topic), back, library);
  EXPECT_EQ(second->port(), port);
  EXPECT_EQ(Get(first->port(), "/snapshot").body, Picture(1));
  EXPECT_EQ(Get(first->port(), "/cam/back/snapshot").body, Picture(2));
  EXPECT_EQ(StreamClient(first->port()).NextNumber(), 1);
  EXPECT_EQ(StreamClient(first->port(), "/cam/back/").NextNumber(), 2);
  EXPECT_EQ(Get(first->port(), "/cam/backwards").status, 404);
  StreamClient stays(second->port(), "/cam/back");
  EXPECT_EQ(stays.NextNumber(), 2);
  StreamClient goes(second->port());
  EXPECT_EQ(goes.NextNumber(), 1);
  first.reset();
  while (!goes.ended()) ASSERT_TRUE(goes.More(Clock::now() + kPatience) || goes.ended());
  other_topic.Append(Picture(3));
  EXPECT_EQ(stays.NextNumber(), 3);
  const Response gone = Get(second->port(), "/");
  EXPECT_EQ(gone.status, 404);
  EXPECT_THAT(gone.body, HasSubstr("/cam/back"));
}

TEST_F(Ports, AreGivenBackWhenTheLastSinkGoes) {
  int port = 0;
  {
    const MjpegHttpSink sink(At(0, "/", topic), front, library);
    port = sink.port();
    StreamClient viewer(sink.port());
    EXPECT_EQ(viewer.NextNumber(), 1);
  }
  for (int again = 0; again < 5; ++again) {
    const MjpegHttpSink sink(At(port, "/", topic), front, library);
    EXPECT_EQ(sink.port(), port);
    EXPECT_EQ(StreamClient(sink.port()).NextNumber(), 1);
  }
}

TEST_F(Ports, CheckNamesTheHolderOfATakenPath) {
  const MjpegHttpSink sink(At(0, "/cam", topic), front, library);
  const auto errors = MjpegHttpSink::Check(At(sink.port(), "/cam", other_topic), "back", library);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].field, "http.path");
  EXPECT_THAT(errors[0].message, HasSubstr("/cam"));
  EXPECT_THAT(errors[0].message, HasSubstr("the connector front"));
  EXPECT_THAT(errors[0].message, HasSubstr("choose another"));
  EXPECT_THROW(MjpegHttpSink(At(sink.port(), "/cam", other_topic), back, library), ConfigError);
  EXPECT_EQ(MjpegHttpSink::Check(At(sink.port(), "/cam/status", other_topic), "back", library).at(0).field,
            "http.path");
  EXPECT_THAT(MjpegHttpSink::Check(At(sink.port(), "/cam2", other_topic), "back", library), testing::IsEmpty());
  EXPECT_THAT(MjpegHttpSink::Check(At(sink.port(), "/", other_topic), "back", library), testing::IsEmpty());
}

TEST_F(Ports, CheckLetsAConnectorKeepWhatItHolds) {
  const MjpegHttpSink sink(At(0, "/cam", topic), front, library);
  EXPECT_THAT(MjpegHttpSink::Check(At(sink.port(), "/cam", topic), "front", library), testing::IsEmpty());
  EXPECT_THAT(MjpegHttpSink::Check(At(sink.port(), "/other", topic), "front", library), testing::IsEmpty());
  SinkConfig everywhere = At(sink.port(), "/cam", topic);
  everywhere.host = "0.0.0.0";
  EXPECT_THAT(MjpegHttpSink::Check(everywhere, "front", library), testing::IsEmpty());
  const auto others = MjpegHttpSink::Check(everywhere, "back", library);
  ASSERT_EQ(others.size(), 1U);
  EXPECT_THAT(others[0].message, HasSubstr("the connector front"));
}

TEST_F(Ports, CheckNamesTheProgramThatHoldsAPort) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int port = ntohs(address.sin_port);
  const auto errors = MjpegHttpSink::Check(At(port, "/", topic), "front", library);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].field, "http.port");
  EXPECT_THAT(errors[0].message,
              HasSubstr("already in use by mjpeg_http_test (pid " + std::to_string(::getpid()) + ")"));
  EXPECT_THROW(MjpegHttpSink(At(port, "/", topic), front, library), ConfigError);
  ::close(listener);
  EXPECT_THAT(MjpegHttpSink::Check(At(port, "/", topic), "front", library), testing::IsEmpty());
}

TEST_F(Ports, CheckNamesAHostThatIsNotHere) {
  SinkConfig config = At(0, "/", topic);
  config.host = "192.0.2.1";
  const auto errors = MjpegHttpSink::Check(config, "front", library);
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].field, "http.host");
}

TEST_F(Ports, ConfigsThatCannotWorkAreRefusedByField) {
  const auto problem = [](const RawConfig& given) {
    RawConfig config{{"topics", "t"}};
    for (const auto& [key, value] : given) config[key] = value;
    std::string fields;
    for (const FieldResult& result : DescribeSink().Validate(config)) {
      if (!result.errors.empty()) fields += result.name + " ";
    }
    return fields;
  };
  EXPECT_EQ(problem({}), "");
  EXPECT_EQ(problem({{"http.path", "/cam1"}, {"http.host", "::1"}, {"playback", "live"}}), "");
  EXPECT_EQ(problem({{"topics", "a,b"}}), "topics ");
  EXPECT_EQ(problem({{"topics", ""}}), "topics ");
  EXPECT_EQ(problem({{"http.port", "70000"}}), "http.port ");
  EXPECT_EQ(problem({{"http.host", "example.org"}}), "http.host ");
  EXPECT_EQ(problem({{"playback", "loop"}}), "playback ");
  for (const char* path : {"cam", "/cam/", "//", "/a b", "/a?b", "/%41", ""}) {
    EXPECT_EQ(problem({{"http.path", path}}), "http.path ") << path;
  }
}

}  // namespace
}  // namespace framespool::mjpeg
