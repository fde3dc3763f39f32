// Which frames stay, by their times and by what moves in them.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <opencv2/imgproc.hpp>

#include "fakes/temporary_directory.h"
#include "motion_filter.h"
#include "passing.h"

namespace framespool::picture_transforms {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Le;

Record At(std::int64_t us, Value value = TextPayload("a frame")) {
  Record record;
  record.value = std::move(value);
  record.headers = {{"framespool.pts.us", std::to_string(us)}};
  return record;
}

/// The numbers of those of `count` frames that stay.
std::vector<int> Kept(Transform& transform, int count, const std::function<Record(int)>& frame) {
  std::vector<int> kept;
  for (int number = 0; number < count; ++number) {
    Record record = frame(number);
    if (transform.Apply(record.ref())) kept.push_back(number);
  }
  return kept;
}

TEST(FrameRate, KeepsTheFirstFrameOfEachPeriod) {
  const auto at_30 = [](int number) { return At(number * std::int64_t{1'000'000} / 30); };
  EXPECT_THAT(Kept(*Make("FrameRate", {{"fps", "10"}}), 10, at_30), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(Kept(*Make("FrameRate", {{"fps", "1"}}), 90, at_30), ElementsAre(0, 30, 60));
  EXPECT_EQ(Kept(*Make("FrameRate", {{"fps", "25"}}), 300, at_30).size(), 250U);
  EXPECT_EQ(Kept(*Make("FrameRate", {{"fps", "30"}}), 300, at_30).size(), 300U);
  EXPECT_EQ(Kept(*Make("FrameRate", {{"fps", "60"}}), 300, at_30).size(), 300U);
  const auto at_2997 = [](int number) { return At(number * std::int64_t{1'001'000} / 30); };
  EXPECT_EQ(Kept(*Make("FrameRate", {{"fps", "29.97"}}), 300, at_2997).size(), 300U);
}

TEST(FrameRate, GoesByTheRecordsTimeWhereThereIsNoOther) {
  const auto by_time = [](int number) {
    Record record;
    record.value = TextPayload("a frame");
    record.timestamp = Timestamp(std::chrono::milliseconds(1'700'000'000'000 + number * 40));
    if (number == 3) record.headers = {{"framespool.pts.us", "no number"}};
    return record;
  };
  EXPECT_THAT(Kept(*Make("FrameRate", {{"fps", "5"}}), 11, by_time), ElementsAre(0, 5, 10));
}

TEST(FrameRate, CountsEachKeyForItself) {
  const auto two_cameras = [](int number) {
    Record record = At(number / 2 * std::int64_t{100'000});
    record.key = TextPayload(number % 2 == 0 ? "door" : "yard");
    return record;
  };
  EXPECT_THAT(Kept(*Make("FrameRate", {{"fps", "5"}}), 8, two_cameras), ElementsAre(0, 1, 4, 5));
  EXPECT_THAT(Kept(*Make("FrameRate", {{"fps", "5"}, {"per", "topic"}}), 8, two_cameras), ElementsAre(0, 4));
}

TEST(FrameRate, BeginsAnewWhereTheClockDoes) {
  const std::vector<std::int64_t> times = {0, 10, 1'000'000, 5'000'000, 100, 200, 1'000'100, 900'000};
  const auto jumping = [&](int number) { return At(times[static_cast<std::size_t>(number)]); };
  EXPECT_THAT(Kept(*Make("FrameRate", {{"fps", "1"}}), 8, jumping), ElementsAre(0, 2, 3, 4, 6));
  const auto transform = Make("FrameRate", {{"fps", "1"}});
  Kept(*transform, 1, jumping);
  transform->Reset();
  EXPECT_THAT(Kept(*transform, 1, jumping), ElementsAre(0)) << "behind a seek";
}

TEST(FrameRate, WantsARateThatThereCanBe) {
  EXPECT_THAT(ErrorAt("FrameRate", "fps", {}), HasSubstr("required"));
  for (const char* bad : {"0", "-1", "1001", "fast", "nan"})
    EXPECT_THAT(ErrorAt("FrameRate", "fps", {{"fps", bad}}), HasSubstr("between 0.001 and 1000")) << bad;
}

/// A gray yard with a sensor's noise, and a white box at `x`; frames come 25 a second.
Record Yard(int number, int x, const std::string& extension = ".jpg") {
  cv::Mat pixels(240, 320, CV_8UC3);
  cv::RNG random(static_cast<std::uint64_t>(number + 1));
  random.fill(pixels, cv::RNG::NORMAL, cv::Scalar::all(110), cv::Scalar::all(4));
  if (x >= 0) cv::rectangle(pixels, cv::Rect(x, 100, 40, 40), cv::Scalar::all(250), cv::FILLED);
  return At(number * std::int64_t{40'000}, File(pixels, extension));
}

/// The box comes in frame 10, moves up to frame 19 and then stands.
Record Walk(int number) { return Yard(number, number < 10 ? -1 : std::min(number, 19) * 8); }

TEST(MotionFilter, KeepsTheFirstFrameAndThoseInWhichSomethingMoves) {
  const std::vector<int> wanted = {0, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
  EXPECT_EQ(Kept(*Make("MotionFilter", {{"keep.after.ms", "0"}}), 60, Walk), wanted);
}

TEST(MotionFilter, SeesTheSameInEachFormatAndInPixels) {
  for (const char* extension : {".png", ".webp", ".jpg"}) {
    for (const bool pixels : {false, true}) {
      const auto resize = Make("Resize", {{"width", "300"}});
      const auto frame = [&](int number) {
        Record record = Yard(number, number < 3 ? -1 : 60, extension);
        if (pixels) resize->Apply(record.ref());
        return record;
      };
      EXPECT_THAT(Kept(*Make("MotionFilter", {{"keep.after.ms", "0"}}), 6, frame), ElementsAre(0, 3)) << extension;
    }
  }
}

TEST(MotionFilter, SaysInHeadersWhatMoved) {
  const auto transform = Make("MotionFilter", {{"keep.after.ms", "80"}});
  std::vector<std::string> said;
  for (int number = 5; number < 25; ++number) {
    Record record = Yard(number, number < 10 ? -1 : 100);
    record.headers.push_back({"framespool.motion", "from before"});
    if (transform->Apply(record.ref()))
      said.push_back(std::to_string(number) + " " + record.header("framespool.motion") + " " +
                     record.header("framespool.motion.area"));
  }
  // 40x40 of 320x240 are 2.08 per cent; the blurred edge adds some.
  ASSERT_EQ(said.size(), 6U);
  EXPECT_EQ(said[0], "5 false 0.00");
  EXPECT_EQ(said[1].substr(0, 8), "6 false ");
  EXPECT_EQ(said[2].substr(0, 8), "7 false ");
  EXPECT_EQ(said[3].substr(0, 10), "10 true 2.");
  EXPECT_EQ(said[4], "11 false 0.00");
  EXPECT_EQ(said[5], "12 false 0.00");
}

TEST(MotionFilter, KeepsOneFrameNowAndThenWhereNothingMoves) {
  const auto still = [](int number) { return Yard(number, -1); };
  EXPECT_THAT(Kept(*Make("MotionFilter", {{"keep.after.ms", "0"}, {"keepalive.ms", "400"}}), 31, still),
              ElementsAre(0, 10, 20, 30));
}

/// The same where the transform may hold frames back, as the worker does with them.
std::vector<int> KeptAndReleased(Transform& transform, int count, const std::function<Record(int)>& frame) {
  auto& withholding = dynamic_cast<Withholding&>(transform);
  std::map<std::uint64_t, int> held;
  std::vector<int> kept;
  for (int number = 0; number < count; ++number) {
    Record record = frame(number);
    const bool goes_on = transform.Apply(record.ref());
    for (const auto& decision : withholding.TakeDecisions()) {
      if (decision.goes_on) kept.push_back(held.at(decision.number));
      EXPECT_EQ(held.erase(decision.number), 1U);
    }
    if (goes_on) kept.push_back(number);
    if (const auto id = goes_on ? std::nullopt : withholding.Held()) held[*id] = number;
  }
  return kept;
}

TEST(MotionFilter, KeepsFramesFromBeforeTheMotion) {
  // 120 ms are three frames.
  const auto transform = Make("MotionFilter", {{"keep.after.ms", "0"}, {"keep.before.ms", "120"}});
  const std::vector<int> wanted = {0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
  EXPECT_EQ(KeptAndReleased(*transform, 60, Walk), wanted);
}

TEST(MotionFilter, HoldsFramesBackForTheirOwnCameraOnly) {
  const auto two = [](int number) {
    const bool yard = number % 2 == 0;
    Record record = Yard(number, yard && number >= 20 ? 100 : -1);
    record.key = TextPayload(yard ? "yard" : "door");
    return record;
  };
  const auto transform = Make("MotionFilter", {{"keep.after.ms", "0"}, {"keep.before.ms", "120"}});
  EXPECT_THAT(KeptAndReleased(*transform, 30, two), ElementsAre(0, 1, 18, 20)) << "17 and 19 are the door's";
}

TEST(MotionFilter, LetsNothingWaitForACameraThatIsSilent) {
  const auto transform = Make("MotionFilter", {{"keep.after.ms", "0"}, {"keep.before.ms", "10000"}});
  auto& withholding = dynamic_cast<Withholding&>(*transform);
  std::vector<std::uint64_t> held;
  for (int number = 0; number < 2; ++number) {
    Record record = Yard(number, -1);
    transform->Apply(record.ref());
    if (const auto id = withholding.Held()) held.push_back(*id);
  }
  ASSERT_EQ(held.size(), 1U);
  bool decided = false;
  for (int number = 0; number < 400 && !decided; ++number) {
    Record other = Holding(cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(number)));
    other.key = TextPayload("another camera");
    transform->Apply(other.ref());
    withholding.Held();
    for (const auto& decision : withholding.TakeDecisions()) decided |= decision.number == held[0] && !decision.goes_on;
  }
  EXPECT_TRUE(decided);
}

TEST(MotionFilter, AddsUpWhatMovesSlowly) {
  // A quarter of a pixel from frame to frame, 30 of 320 in all: no two frames in a row differ by as much.
  const auto slow = [](int number) {
    cv::Mat pixels(240, 320, CV_8UC3, cv::Scalar::all(110));
    cv::rectangle(pixels, cv::Rect(40 + number / 4, 60, 40, 120), cv::Scalar::all(250), cv::FILLED);
    return At(number * std::int64_t{40'000}, File(pixels));
  };
  const auto kept = Kept(*Make("MotionFilter", {{"keep.after.ms", "0"}, {"area", "0.5"}}), 120, slow);
  EXPECT_GE(kept.size(), 5U);
  EXPECT_LE(kept.size(), 40U);
}

TEST(MotionFilter, TakesTheLightOfTheDayForNoMotion) {
  // From 60 to 200 in three minutes, a frame each second.
  const auto dawn = [](int number) {
    return At(number * std::int64_t{1'000'000},
              File(cv::Mat(24, 32, CV_8UC3, cv::Scalar::all(60 + number * 140 / 180))));
  };
  EXPECT_THAT(Kept(*Make("MotionFilter", {{"keep.after.ms", "0"}}), 180, dawn), ElementsAre(0));
}

TEST(MotionFilter, LooksOnlyWhereItsMaskIsWhite) {
  const TemporaryDirectory folder;
  const auto mask = [&](const cv::Rect& watched) {
    // Of another size and shape than the frames.
    cv::Mat pixels(100, 100, CV_8UC1, cv::Scalar(0));
    pixels(watched) = cv::Scalar(255);
    const std::string path = (folder.path() / "mask.png").string();
    cv::imwrite(path, pixels);
    return path;
  };
  const auto kept = [&](const cv::Rect& watched) {
    return Kept(*Make("MotionFilter", {{"keep.after.ms", "0"}, {"mask", mask(watched)}}), 30, Walk);
  };
  EXPECT_THAT(kept({0, 0, 100, 30}), ElementsAre(0)) << "above the box";
  EXPECT_EQ(kept({0, 30, 100, 40}).size(), 11U);
  EXPECT_THAT(kept({0, 0, 28, 100}), AllOf(Contains(10), Contains(11), Each(Le(13)))) << "the box goes out of it";
}

TEST(MotionFilter, RefusesAMaskThatIsNoneAtItsKey) {
  const TemporaryDirectory folder;
  const auto said = [](const std::string& path) {
    const auto check = EntryOf("MotionFilter").check;
    std::string text;
    for (const Problem& problem : check({{"mask", path}}, "", nullptr)) text += problem.field + " " + problem.message;
    if (!text.empty()) {
      EXPECT_THROW(Make("MotionFilter", {{"mask", path}}), ConfigError);
    }
    return text;
  };
  const auto file = [&](const char* name, const std::string& bytes) {
    const auto path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  };
  EXPECT_THAT(said((folder.path() / "none.png").string()), AllOf(HasSubstr("mask must be"), HasSubstr("there is no")));
  EXPECT_THAT(said(folder.path().string()), HasSubstr("directory"));
  EXPECT_THAT(said(file("text.png", "no picture")), HasSubstr("is none"));
  EXPECT_THAT(said(file("empty.png", "")), HasSubstr("is none"));
  const Payload white = File(cv::Mat(9, 9, CV_8UC1, cv::Scalar(255)));
  EXPECT_THAT(said(file("cut.png", std::string(white.text().substr(0, 40)))), HasSubstr("cannot be decoded"));
  const Payload black = File(cv::Mat(9, 9, CV_8UC1, cv::Scalar(0)));
  EXPECT_THAT(said(file("black.png", std::string(black.text()))), HasSubstr("dark all over"));
  const auto pipe = (folder.path() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(said(pipe), HasSubstr("is no file")) << "and nobody waits for a writer";
  EXPECT_EQ(said(file("white.png", std::string(white.text()))), "");
  EXPECT_EQ(said(""), "");
}

TEST(MotionFilter, BeginsAnewWhereTheClockThePictureOrTheCameraDoes) {
  const auto transform = Make("MotionFilter", {{"keep.after.ms", "0"}});
  const auto keeps = [&](Record record) { return transform->Apply(record.ref()); };
  EXPECT_TRUE(keeps(Yard(100, -1)));
  EXPECT_FALSE(keeps(Yard(101, -1)));
  EXPECT_TRUE(keeps(Yard(2, -1))) << "the clock was set back";
  EXPECT_TRUE(keeps(At(200'000, File(Noise(30, 20))))) << "another size";
  Record other = Yard(4, -1);
  other.key = TextPayload("another camera");
  EXPECT_TRUE(keeps(other));
  EXPECT_TRUE(keeps(Yard(5, -1))) << "and the size that it was";
  EXPECT_FALSE(keeps(Yard(6, -1)));
  transform->Reset();
  EXPECT_TRUE(keeps(Yard(7, -1)));
}

TEST(MotionFilter, ForgetsNothingOverARecordThatItCannotRead) {
  const auto transform = Make("MotionFilter", {{"keep.after.ms", "0"}});
  Record first = Yard(0, -1), next = Yard(2, -1), broken = At(40'000);
  EXPECT_TRUE(transform->Apply(first.ref()));
  EXPECT_ANY_THROW(transform->Apply(broken.ref()));
  EXPECT_FALSE(transform->Apply(next.ref()));
}

TEST(MotionFilter, WantsNumbersThatThereCanBe) {
  for (const auto& [key, bad] : std::vector<std::pair<std::string, std::string>>{{"threshold", "0"},
                                                                                 {"threshold", "255"},
                                                                                 {"area", "0"},
                                                                                 {"area", "101"},
                                                                                 {"keep.after.ms", "-1"},
                                                                                 {"keep.after.ms", "3600001"},
                                                                                 {"keep.before.ms", "10001"},
                                                                                 {"keepalive.ms", "-1"}})
    EXPECT_THAT(ErrorAt("MotionFilter", key, {{key, bad}}), HasSubstr("between")) << key << " = " << bad;
}

}  // namespace
}  // namespace framespool::picture_transforms
