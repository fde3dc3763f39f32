// width= on streams and single pictures: real pictures, made once for all.
#include "framespool/media/image.h"
#include "mux_client.h"
#include "picture/scaled_frames.h"
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

class Width : public SinkFixture {
 protected:
  void AppendImages() {
    for (const char* extension : {".jpg", ".png", ".webp"}) topic.Append(ImageFile(640, 360, extension));
  }
};

TEST_F(Width, ScalesEveryTypeOfAMixedTopicForAStream) {
  AppendImages();
  Start();
  StreamClient viewer(port, "/?from=0&width=160&framing=length");
  for (int i = 0; i < 3; ++i) {
    const auto part = viewer.Next();
    ASSERT_TRUE(part);
    EXPECT_EQ(part->headers.at("Content-Type"), "image/jpeg");
    EXPECT_EQ(Decode(part->body).size(), cv::Size(160, 90));
  }
  topic.Append(ImageFile(100, 50, ".png"));
  const auto narrow = viewer.Next();
  ASSERT_TRUE(narrow);
  EXPECT_EQ(narrow->headers.at("Content-Type"), "image/png") << "never larger than it was";
}

TEST_F(Width, PlaysMixedTypesAsTheyAre) {
  AppendImages();
  Start();
  StreamClient viewer(port, "/?framing=length");
  for (const char* type : {"image/jpeg", "image/png", "image/webp"}) {
    const auto part = viewer.Next();
    ASSERT_TRUE(part);
    EXPECT_EQ(part->headers.at("Content-Type"), type);
    EXPECT_EQ(Decode(part->body).size(), cv::Size(640, 360));
  }
}

TEST_F(Width, GivesEachPartItsOwnTypeWithoutALengthToo) {
  AppendImages();
  Start();
  StreamClient viewer(port, "/?from=0");
  std::vector<std::string> types;
  while (types.size() < 3) {
    const auto part = viewer.Next();
    ASSERT_TRUE(part);
    const std::string& type = part->headers.at("Content-Type");
    EXPECT_EQ(media::SniffImage(std::as_bytes(std::span(part->body))), type);
    // One whose successor was not read yet when its part ended comes again.
    if (types.empty() || types.back() != type) types.push_back(type);
  }
  EXPECT_THAT(types, ::testing::ElementsAre("image/jpeg", "image/png", "image/webp"));
}

TEST_F(Width, RepeatsAPictureWhereAnUnexpectedTypeFollows) {
  for (const char* playback : {"live", "resume"}) {
    SCOPED_TRACE(playback);
    topic.Append(ImageFile(64, 36, ".jpg"));
    Start({{"playback", playback}});
    StreamClient viewer(port, "/");
    ASSERT_TRUE(viewer.Next());
    for (const char* extension : {".png", ".webp", ".webp", ".jpg"}) {
      const std::string image = ImageFile(64, 36, extension);
      topic.Append(image);
      // Announced as what came before, that comes again; then the new one under its own name.
      for (int parts = 0;; ++parts) {
        ASSERT_LT(parts, 2) << extension;
        const auto part = viewer.Next();
        ASSERT_TRUE(part) << extension;
        EXPECT_EQ(part->headers.at("Content-Type"), media::SniffImage(std::as_bytes(std::span(part->body))))
            << extension;
        if (part->body == image) break;
      }
    }
    topic.Commit(context.group(), 0, 0);
    topic.Truncate(1000);
  }
}

TEST_F(Width, ScalesForLiveAndForStoredViewersAndPartsWithALength) {
  topic.Append(ImageFile(640, 360, ".jpg"));
  Start();
  for (const char* target : {"/?playback=live&width=320&framing=length", "/?width=320&framing=length",
                             "/?group=ann&width=320&framing=length"}) {
    StreamClient viewer(port, target);
    const auto part = viewer.Next();
    ASSERT_TRUE(part) << target;
    EXPECT_EQ(part->headers.at("Content-Length"), std::to_string(part->body.size()));
    EXPECT_EQ(Decode(part->body).cols, 320);
  }
  StreamClient stays(port, "/?width=320");
  ASSERT_TRUE(stays.Next());
  EXPECT_TRUE(EventuallyCommitted(1)) << "a scaled frame counts as seen";
}

TEST_F(Width, ScalesSnapshotsAndFramesAndTellsTheirLengthInAHead) {
  AppendImages();
  Start();
  for (const char* target : {"/snapshot?width=64", "/frames/1?width=64", "/snapshot?offset=0&width=64"}) {
    const Response response = Get(port, target);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(response.headers.at("Content-Type"), "image/jpeg") << target;
    EXPECT_EQ(Decode(response.body).cols, 64) << target;
    EXPECT_EQ(Get(port, target, "HEAD").headers.at("Content-Length"), std::to_string(response.body.size())) << target;
  }
  EXPECT_EQ(Get(port, "/frames/2?width=4096").headers.at("Content-Type"), "image/webp");
}

TEST_F(Width, IsMadeOnceForAllViewersOfOneFrame) {
  topic.Append(ImageFile(640, 360, ".jpg"));
  Start();
  const auto scaled = library.scaled().Get();
  std::vector<std::unique_ptr<StreamClient>> viewers;
  for (int i = 0; i < 8; ++i) viewers.push_back(std::make_unique<StreamClient>(port, "/?from=0&width=200"));
  for (const auto& viewer : viewers) ASSERT_TRUE(viewer->Next());
  EXPECT_EQ(Get(port, "/snapshot?width=200").status, 200);
  EXPECT_EQ(scaled->made(), 1);
}

}  // namespace
}  // namespace framespool::mjpeg
