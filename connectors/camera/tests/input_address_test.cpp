#include "input_address.h"

#include <gmock/gmock.h>

#include "camera_source.h"

namespace framespool::camera {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

RawConfig WithUrl(const std::string& url) { return {{"topic", "t"}, {"url", url}}; }

InputAddress AddressFor(const RawConfig& raw) { return AddressOf(DescribeCamera().Parse(raw)); }

/// The problems of a config, each as a sentence.
std::string ProblemsOf(const RawConfig& raw) {
  std::string text;
  for (const FieldResult& field : DescribeCamera().Validate(raw)) {
    for (const Problem& problem : field.errors) text += ToText(problem) + "\n";
  }
  return text;
}

TEST(InputAddress, PutsUserAndPasswordIntoTheUrlAndNowhereElse) {
  RawConfig raw = WithUrl("rtsp://10.0.0.7:8554/live?channel=1");
  raw["username"] = "viewer";
  raw["password"] = "p@ss:w/rd#1 %?";
  const InputAddress address = AddressFor(raw);
  EXPECT_EQ(address.url, "rtsp://viewer:p%40ss:w%2Frd%231%20%25%3F@10.0.0.7:8554/live?channel=1");
  EXPECT_EQ(address.shown, "rtsp://10.0.0.7:8554");
}

TEST(InputAddress, ShowsNoPathWhichMayHoldAPassword) {
  EXPECT_EQ(AddressFor(WithUrl("rtsp://10.0.0.7/user=admin_password=secret_channel=1")).shown, "rtsp://10.0.0.7");
}

TEST(InputAddress, SpeaksNoFileProtocolWhateverTheScheme) {
  for (const char* url : {"rtsp://h/", "rtsp://h:1/", "http://h/", "https://h/", "udp://h:1", "rtp://h:1", "tcp://h:1",
                          "srt://h:1", "rtmp://h/", "rtmps://h/"}) {
    const InputAddress address = AddressFor(WithUrl(url));
    EXPECT_THAT("," + address.protocols + ",", Not(HasSubstr(",file,"))) << url;
    EXPECT_THAT(address.protocols, Not(IsEmpty())) << url;
    EXPECT_THAT("," + address.demuxers + ",", Not(HasSubstr(",concat,"))) << url;
    EXPECT_THAT(address.demuxers, Not(IsEmpty())) << url;
  }
}

TEST(InputAddress, GoesByTheFormatWhereThereIsOne) {
  RawConfig raw = WithUrl("http://h/stream");
  EXPECT_EQ(AddressFor(raw).demuxer, "");
  raw["format"] = "mpjpeg";
  EXPECT_EQ(AddressFor(raw).demuxer, "mpjpeg");
  EXPECT_EQ(AddressFor(raw).demuxers, "mpjpeg");
}

TEST(InputAddress, HandsTransportAndTimeOutToRtsp) {
  RawConfig raw = WithUrl("rtsp://h/");
  EXPECT_EQ(AddressFor(raw).options.at("rtsp_transport"), "tcp");
  EXPECT_EQ(AddressFor(raw).options.at("timeout"), "10000000");
  raw["transport"] = "udp";
  raw["input.options"] = "reorder_queue_size=100, user_agent=framespool";
  EXPECT_EQ(AddressFor(raw).options.at("rtsp_transport"), "udp");
  EXPECT_EQ(AddressFor(raw).options.at("reorder_queue_size"), "100");
  EXPECT_EQ(AddressFor(raw).options.at("user_agent"), "framespool");
}

TEST(InputAddress, VerifiesTheCertificateUnlessToldNotTo) {
  RawConfig raw = WithUrl("https://h/");
  EXPECT_EQ(AddressFor(raw).options.at("tls_verify"), "1");
  raw["tls.verify"] = "false";
  EXPECT_EQ(AddressFor(raw).options.at("tls_verify"), "0");
}

TEST(InputAddress, RefusesUserAndPasswordInTheUrlWithoutRepeatingThem) {
  for (const char* url :
       {"rtsp://admin:secret@10.0.0.7/live", "rtsp://admin:sec/ret@10.0.0.7/live", "http://admin:secret@10.0.0.7/",
        "rtsp://secret@10.0.0.7/", "rtsp://admin:s@cret@10.0.0.7/"}) {
    const std::string problems = ProblemsOf(WithUrl(url));
    EXPECT_THAT(problems, HasSubstr("username and password")) << url;
    EXPECT_THAT(problems, Not(HasSubstr("secret"))) << url;
    EXPECT_THAT(problems, Not(HasSubstr("sec/ret"))) << url;
    EXPECT_THAT(problems, Not(HasSubstr("s@cret"))) << url;
  }
  RawConfig snapshot{{"topic", "t"}, {"snapshot.url", "http://admin:secret@10.0.0.7/a.jpg"}};
  EXPECT_THAT(ProblemsOf(snapshot), HasSubstr("snapshot.url must not hold a user name"));
}

TEST(InputAddress, RefusesWhatIsNoCamera) {
  for (const char* url : {"file:///etc/passwd", "concat:a|b", "http://", "rtsp://h:0/", "rtsp://h:99999/", "ftp://h/a",
                          "v4l2:///etc/passwd", "v4l2:///dev/video0/../../etc/passwd", "lavfi://movie=/etc/passwd",
                          "lavfi://testsrc2,drawtext=textfile=/etc/passwd", "lavfi://testsrc2[out0];movie=a[out1]",
                          "subfile,,start,0,end,0,,:/etc/passwd"}) {
    EXPECT_THAT(ProblemsOf(WithUrl(url)), HasSubstr("url must")) << url;
  }
}

TEST(InputAddress, RefusesOptionsThatOpenFilesOrLoosenRules) {
  for (const char* option : {"protocol_whitelist=file", "format_whitelist=concat", "ca_file=/etc/passwd",
                             "key_file=/etc/passwd", "rtsp_flags=listen", "seg_format_options=protocol_whitelist=file",
                             "allowed_extensions=ALL", "user_agent", "graph_file=/etc/passwd"}) {
    RawConfig raw = WithUrl("rtsp://h/");
    raw["input.options"] = option;
    EXPECT_THAT(ProblemsOf(raw), HasSubstr("input.options must")) << option;
  }
}

TEST(InputAddress, WantsOneOfUrlAndSnapshotUrl) {
  EXPECT_THAT(ProblemsOf({{"topic", "t"}}), HasSubstr("url must be given"));
  RawConfig both = WithUrl("rtsp://h/");
  both["snapshot.url"] = "http://h/a.jpg";
  EXPECT_THAT(ProblemsOf(both), HasSubstr("are both given"));
  EXPECT_THAT(ProblemsOf({{"topic", "t"}, {"snapshot.url", "http://h/a.jpg"}}), IsEmpty());
}

TEST(InputAddress, WantsATestPictureMadeIntoJpegsAndHasItDrawnAtItsRate) {
  RawConfig raw = WithUrl("lavfi://testsrc2=size=320x240:rate=10");
  EXPECT_THAT(ProblemsOf(raw), HasSubstr("set video = jpeg"));
  raw["video"] = "jpeg";
  EXPECT_THAT(ProblemsOf(raw), IsEmpty());
  EXPECT_EQ(AddressFor(raw).url, "testsrc2=size=320x240:rate=10,realtime");
}

TEST(InputAddress, RefusesAPasswordThatLibavformatWouldCut) {
  RawConfig raw = WithUrl("rtsp://h/");
  raw["username"] = "viewer";
  raw["password"] = std::string(121, 'x');
  EXPECT_THAT(ProblemsOf(raw), HasSubstr("password and username must have no more than 126 characters"));
  raw["password"] = std::string(120, 'x');
  EXPECT_THAT(ProblemsOf(raw), IsEmpty());
}

TEST(InputAddress, WantsTheRiskOfAnUncheckedCertificateToBeSaid) {
  RawConfig raw = WithUrl("rtsps://h/");
  raw["tls.verify"] = "false";
  EXPECT_THAT(ProblemsOf(raw), IsEmpty());
}

}  // namespace
}  // namespace framespool::camera
