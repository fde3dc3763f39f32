#include "record_maker.h"

#include <gmock/gmock.h>

#include "camera_source.h"

namespace framespool::camera {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kFrame = 66'667;
const Timestamp kNoon{std::chrono::sys_days{std::chrono::year{2026} / 6 / 1} + 12h};

/// The `number`th frame of a connection, taken and received at noon and later.
Frame FrameAt(int number, bool key = false) {
  Frame frame;
  frame.bytes = TextPayload("frame " + std::to_string(number));
  frame.codec = media::VideoCodec::kH264;
  frame.is_key = key;
  frame.width = 640;
  frame.height = 360;
  frame.pts_us = frame.dts_us = number * kFrame;
  frame.arrival.wall = kNoon + std::chrono::microseconds(number * kFrame);
  return frame;
}

std::string HeaderOf(const SourceRecord& record, std::string_view key) {
  return std::string(FindHeader(record.headers, key).value_or("missing"));
}

CameraConfig Config() {
  CameraConfig config;
  config.topic = "t";
  return config;
}

TEST(RecordMaker, SaysWhereReadersCanBegin) {
  const CameraConfig config = Config();
  RecordMaker maker(config, "cam", {});
  maker.BeginSession();
  const auto key = maker.Make(FrameAt(0, true));
  const auto second = maker.Make(FrameAt(1));
  const auto third = maker.Make(FrameAt(2));
  const auto next_key = maker.Make(FrameAt(3, true));
  EXPECT_EQ(HeaderOf(key, "framespool.gop"), "0");
  EXPECT_EQ(key.sync_point, SyncPoint::kHere);
  EXPECT_EQ(HeaderOf(second, "framespool.gop"), "1");
  EXPECT_EQ(second.sync_point, SyncPoint::kBefore);
  EXPECT_EQ(HeaderOf(third, "framespool.gop"), "2");
  EXPECT_EQ(HeaderOf(next_key, "framespool.gop"), "0");
  EXPECT_EQ(maker.gop_us(), 3 * kFrame);
  EXPECT_EQ(key.topic, "t");
  EXPECT_EQ(key.key, "cam");
  EXPECT_EQ(key.timestamp, kNoon);
}

TEST(RecordMaker, CountsConnectionsAndTimeOnOverARestart) {
  const CameraConfig config = Config();
  Fields stored;
  {
    RecordMaker maker(config, "cam", {});
    maker.BeginSession();
    maker.Make(FrameAt(0, true));
    stored = maker.Make(FrameAt(1)).source_offset;
  }
  RecordMaker maker(config, "cam", Position::FromOffset(stored));
  maker.BeginSession();
  Frame frame = FrameAt(0, true);  // its times begin at 0 again
  frame.arrival.wall = kNoon + 60s;
  const auto record = maker.Make(std::move(frame));
  EXPECT_EQ(HeaderOf(record, "framespool.session"), "1");
  EXPECT_EQ(HeaderOf(record, "framespool.pts.us"), "60000000");
}

TEST(RecordMaker, StampsARecordWithTheCamerasClockWhereThatIsWantedAndPlausible) {
  CameraConfig config = Config();
  config.time = TimeFrom::kCamera;
  RecordMaker maker(config, "cam", {});
  maker.BeginSession();
  Frame early = FrameAt(0, true);
  early.capture_us = std::chrono::microseconds((kNoon - 2s).time_since_epoch()).count();
  EXPECT_EQ(maker.Make(early).timestamp, kNoon - 2s);
  Frame unset = FrameAt(1);
  unset.capture_us = 1'000'000;  // 1970
  const auto record = maker.Make(unset);
  EXPECT_EQ(record.timestamp, kNoon + 66ms);
  EXPECT_EQ(HeaderOf(record, "framespool.capture.us"), "1000000");
}

TEST(RecordMaker, NeverStampsARecordBeforeTheOneBefore) {
  const CameraConfig config = Config();
  RecordMaker maker(config, "cam", {});
  maker.BeginSession();
  maker.Make(FrameAt(30, true));
  Frame back = FrameAt(31);
  back.arrival.wall = kNoon;  // the machine's clock was set back
  EXPECT_EQ(maker.Make(back).timestamp, kNoon + 2000ms);
}

TEST(RecordMaker, MarksWhatIsBroken) {
  const CameraConfig config = Config();
  RecordMaker maker(config, "cam", {});
  maker.BeginSession();
  EXPECT_EQ(HeaderOf(maker.Make(FrameAt(0, true)), "framespool.broken"), "missing");
  Frame broken = FrameAt(1);
  broken.broken = true;
  EXPECT_EQ(HeaderOf(maker.Make(broken), "framespool.broken"), "1");
}

TEST(RecordMaker, MakesRecordsOfPicturesThatStandForThemselves) {
  const CameraConfig config = Config();
  RecordMaker maker(config, "cam", {});
  maker.BeginSession();
  Frame picture = FrameAt(0);
  picture.codec.reset();
  picture.content_type = "image/jpeg";
  const auto record = maker.Make(picture);
  EXPECT_EQ(HeaderOf(record, "content-type"), "image/jpeg");
  EXPECT_EQ(HeaderOf(record, "framespool.gop"), "missing");
  EXPECT_EQ(record.sync_point, SyncPoint::kEach);
  const RecordFacts facts = CameraSource::DescribeRecord(record);
  EXPECT_TRUE(facts.shows);
  EXPECT_EQ(facts.facts.at("width"), Fields::mapped_type(std::int64_t{640}));
}

TEST(Position, TakesOnlyWhatItWrites) {
  const Position position{.session = 3, .last = {.us = 5, .arrival_us = 7}};
  EXPECT_EQ(Position::ProblemWith(position.ToOffset()), std::nullopt);
  EXPECT_EQ(Position::ProblemWith({{"session", std::int64_t{0}}, {"pts_us", std::int64_t{0}}}), std::nullopt);
  for (const Fields& bad :
       {Fields{}, Fields{{"session", std::int64_t{0}}},
        Fields{{"session", std::int64_t{-1}}, {"pts_us", std::int64_t{0}}},
        Fields{{"session", std::string("0")}, {"pts_us", std::int64_t{0}}},
        Fields{{"session", std::int64_t{0}}, {"pts_us", std::int64_t{0}}, {"x", std::int64_t{0}}}}) {
    EXPECT_NE(Position::ProblemWith(bad), std::nullopt);
  }
}

}  // namespace
}  // namespace framespool::camera
