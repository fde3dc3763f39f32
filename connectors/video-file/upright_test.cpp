// However a picture lies in its file, it stands upright in the record: by the container's display matrix or by EXIF.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string_view>

#include "framespool/media/jpeg_head.h"
#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::SizeIs;

constexpr Colour kRed{254, 0, 0};
constexpr Colour kGreen{0, 128, 0};
constexpr Colour kBlue{0, 0, 254};
constexpr Colour kWhite{255, 255, 255};
// A JPEG's colours at quality 80, of limited range before.
constexpr int kNear = 6;

// 160x96: red and green above, blue and white below.
constexpr const char* kCorners =
    "-f lavfi -i color=red:s=160x96:r=10:d=0.5 -vf \"drawbox=x=80:y=0:w=80:h=48:c=green:t=fill,"
    "drawbox=x=0:y=48:w=80:h=48:c=blue:t=fill,drawbox=x=80:y=48:w=80:h=48:c=white:t=fill\" ";

/// How a picture lies, and what stands in its corners once it is upright: left and right above, left and right below.
struct Lying {
  const char* name;
  int exif;
  std::array<std::int32_t, 4> matrix;  // a b c d
  std::array<Colour, 4> corners;
};

void PrintTo(const Lying& lying, std::ostream* out) { *out << lying.name; }

const std::array<Lying, 8> kAll = {
    Lying{"AsItIs", 1, {1, 0, 0, 1}, {kRed, kGreen, kBlue, kWhite}},
    Lying{"MirroredLeftRight", 2, {-1, 0, 0, 1}, {kGreen, kRed, kWhite, kBlue}},
    Lying{"UpsideDown", 3, {-1, 0, 0, -1}, {kWhite, kBlue, kGreen, kRed}},
    Lying{"MirroredUpDown", 4, {1, 0, 0, -1}, {kBlue, kWhite, kRed, kGreen}},
    Lying{"Transposed", 5, {0, 1, 1, 0}, {kRed, kBlue, kGreen, kWhite}},
    Lying{"TurnedClockwise", 6, {0, 1, -1, 0}, {kBlue, kRed, kWhite, kGreen}},
    Lying{"Transversed", 7, {0, -1, -1, 0}, {kWhite, kGreen, kBlue, kRed}},
    Lying{"TurnedCounterclockwise", 8, {0, -1, 1, 0}, {kGreen, kWhite, kRed, kBlue}},
};

/// `jpeg` with an EXIF block that says `orientation`, in either order of bytes.
std::vector<std::byte> WithOrientation(std::span<const std::byte> jpeg, int orientation, bool little) {
  const std::string big = std::string("\xff\xe1\x00\x22", 4) +
                          std::string("Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0", 25) +
                          static_cast<char>(orientation) + std::string(6, '\0');
  const std::string small = std::string("\xff\xe1\x00\x22", 4) +
                            std::string("Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 24) +
                            static_cast<char>(orientation) + std::string(7, '\0');
  const auto block = std::as_bytes(std::span(little ? small : big));
  std::vector<std::byte> turned(jpeg.begin(), jpeg.end());
  turned.insert(turned.begin() + 2, block.begin(), block.end());
  return turned;
}

void ExpectUpright(const SourceRecord& record, const Lying& lying, int scale = 1) {
  const auto image = record.value.bytes();
  const bool on_side = lying.exif >= 5;
  const auto size = on_side ? std::pair(96 * scale, 160 * scale) : std::pair(160 * scale, 96 * scale);
  EXPECT_EQ(SizeOf(image), size);
  EXPECT_EQ(HeaderNumber(record, "framespool.width"), size.first);
  EXPECT_EQ(HeaderNumber(record, "framespool.height"), size.second);
  const std::array<Colour, 4> found = {ColourAt(image, 0.2, 0.2), ColourAt(image, 0.8, 0.2), ColourAt(image, 0.2, 0.8),
                                       ColourAt(image, 0.8, 0.8)};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_TRUE(IsNear(found[i], lying.corners[i], kNear)) << "corner " << i << ": " << Text(found[i]);
  if (const auto jpeg = media::ReadJpegHead(image)) {
    EXPECT_EQ(jpeg->orientation, 1);
  }
}

class Upright : public ::testing::TestWithParam<Lying> {};

TEST_P(Upright, ByTheDisplayMatrixOfAnMp4) {
  const TestFolder folder;
  RunFfmpeg(kCorners + ("-c:v libx264 -pix_fmt yuv420p '" + (folder / "a.mp4") + "'"));
  TurnTrack(folder / "a.mp4", GetParam().matrix);
  for (const char* format : {"auto", "png"}) {
    Playing playing({{"file", folder / "a.mp4"}, {"format", format}});
    const auto records = playing.TakeAll();
    ASSERT_THAT(records, SizeIs(5));
    for (const SourceRecord& record : records) ExpectUpright(record, GetParam());
  }
}

TEST_P(Upright, ScaledToTheWidthItHasUpright) {
  const TestFolder folder;
  RunFfmpeg(kCorners + ("-c:v libx264 -pix_fmt yuv420p '" + (folder / "a.mp4") + "'"));
  TurnTrack(folder / "a.mp4", GetParam().matrix);
  Playing playing({{"file", folder / "a.mp4"}, {"width", GetParam().exif >= 5 ? "192" : "320"}});
  ExpectUpright(playing.Take(1).at(0), GetParam(), 2);
}

TEST_P(Upright, ByTheDisplayMatrixOfMotionJpeg) {
  const TestFolder folder;
  RunFfmpeg(kCorners + ("-c:v mjpeg -q:v 2 -pix_fmt yuvj420p '" + (folder / "m.mov") + "'"));
  TurnTrack(folder / "m.mov", GetParam().matrix);
  for (const char* format : {"auto", "jpeg", "png"}) {
    Playing playing({{"file", folder / "m.mov"}, {"format", format}});
    const auto records = playing.TakeAll();
    ASSERT_THAT(records, SizeIs(5));
    ExpectUpright(records[4], GetParam());
    EXPECT_EQ(std::get<bool>(playing.context.metrics().at("passes_through")),
              GetParam().exif == 1 && std::string_view(format) == "auto");
  }
}

TEST_P(Upright, ByTheExifOfMotionJpeg) {
  const TestFolder folder;
  RunFfmpeg(kCorners + ("-frames:v 1 -c:v mjpeg -q:v 2 -pix_fmt yuvj420p '" + (folder / "one.jpg") + "'"));
  const auto jpeg = ReadFile(folder / "one.jpg");
  std::vector<std::byte> stream;
  for (int i = 0; i < 4; ++i) {
    const auto turned = WithOrientation(jpeg, GetParam().exif, i % 2 == 0);
    ASSERT_EQ(media::ReadJpegHead(turned)->orientation, GetParam().exif);
    stream.insert(stream.end(), turned.begin(), turned.end());
  }
  WriteFile(folder / "m.mjpeg", stream);
  RunFfmpeg("-i '" + (folder / "m.mjpeg") + "' -c copy '" + (folder / "m.avi") + "'");
  for (const RawConfig& config :
       {RawConfig{}, RawConfig{{"format", "jpeg"}}, RawConfig{{"format", "png"}}, RawConfig{{"format", "auto"}}}) {
    RawConfig raw = config;
    raw["file"] = folder / "m.avi";
    Playing playing(raw);
    const auto records = playing.TakeAll();
    ASSERT_THAT(records, SizeIs(4));
    for (const SourceRecord& record : records) ExpectUpright(record, GetParam());
  }
  Playing scaled({{"file", folder / "m.avi"}, {"width", GetParam().exif >= 5 ? "192" : "320"}});
  ExpectUpright(scaled.Take(1).at(0), GetParam(), 2);
}

INSTANTIATE_TEST_SUITE_P(All, Upright, ::testing::ValuesIn(kAll),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(UprightMotionJpeg, APictureThatIsTurnedInMidStreamIsMadeAnewAndTheOthersPassThrough) {
  const TestFolder folder;
  RunFfmpeg(kCorners + ("-frames:v 1 -c:v mjpeg -q:v 2 -pix_fmt yuvj420p '" + (folder / "one.jpg") + "'"));
  const auto jpeg = ReadFile(folder / "one.jpg");
  const auto turned = WithOrientation(jpeg, 6, true);
  std::vector<std::byte> stream;
  for (const auto* picture : {&jpeg, &turned, &jpeg}) stream.insert(stream.end(), picture->begin(), picture->end());
  WriteFile(folder / "m.mjpeg", stream);
  Playing playing({{"file", folder / "m.mjpeg"}});
  const auto records = playing.TakeAll();
  ASSERT_THAT(records, SizeIs(3));
  ExpectUpright(records[0], kAll[0]);
  ExpectUpright(records[1], kAll[5]);
  ExpectUpright(records[2], kAll[0]);
  EXPECT_EQ(records[0].value.size(), jpeg.size());
  EXPECT_EQ(records[2].value.size(), jpeg.size());
}

}  // namespace
}  // namespace framespool::video_file
