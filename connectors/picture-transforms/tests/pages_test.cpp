// The example on each class's page in docs/transforms.
#include <fakes/pages.h>
#include <framespool/media/image.h>
#include <gmock/gmock.h>

#include <map>

#include "passing.h"

namespace framespool::picture_transforms {
namespace {

using Json = nlohmann::ordered_json;

/// A picture of letters, each a pixel of the colour that it stands for.
cv::Mat PixelsOf(const std::vector<std::string>& rows) {
  static const std::map<char, cv::Vec3b> kColours = {{'R', {0, 0, 255}},     {'G', {0, 255, 0}}, {'B', {255, 0, 0}},
                                                     {'W', {255, 255, 255}}, {'K', {0, 0, 0}},   {'g', {150, 150, 150}},
                                                     {'r', {76, 76, 76}},    {'b', {29, 29, 29}}};
  cv::Mat pixels(static_cast<int>(rows.size()), static_cast<int>(rows.front().size()), CV_8UC3);
  for (int y = 0; y < pixels.rows; ++y) {
    for (int x = 0; x < pixels.cols; ++x)
      pixels.at<cv::Vec3b>(y, x) = kColours.at(rows[static_cast<std::size_t>(y)].at(static_cast<std::size_t>(x)));
  }
  return pixels;
}

Record RecordOf(const Json& json) {
  Record record;
  record.topic = json.value("topic", "t");
  record.timestamp = Timestamp(std::chrono::milliseconds(json.value("timestamp", std::int64_t{0})));
  for (const auto& header : json.value("headers", Json::array()))
    record.headers.push_back({header[0].get<std::string>(), header[1].get<std::string>()});
  if (json.contains("ms"))
    record.headers.push_back({"framespool.pts.us", std::to_string(json["ms"].get<std::int64_t>() * 1000)});
  if (json.contains("picture")) record.value = File(PixelsOf(json["picture"]));
  if (json.contains("size")) record.value = File(Noise(json["size"][0], json["size"][1]));
  return record;
}

void ExpectChangesOnlyIn(const cv::Rect& place, const cv::Mat& before, const cv::Mat& after) {
  ASSERT_EQ(before.size(), after.size());
  EXPECT_FALSE(Same(before, after));
  cv::Mat outside = after.clone();
  before(place).copyTo(outside(place));
  EXPECT_TRUE(Same(outside, before));
}

void ExpectRecord(const Json& expected, const Record& before, const Record& after) {
  const cv::Mat seen = Seen(after);
  if (expected.contains("picture")) {
    EXPECT_TRUE(Same(seen, PixelsOf(expected["picture"]))) << seen;
  }
  if (expected.contains("size")) {
    EXPECT_EQ(seen.size(), cv::Size(expected["size"][0], expected["size"][1]));
  }
  if (expected.contains("type")) {
    EXPECT_EQ(media::SniffImage(after.value.bytes()), expected["type"].get<std::string>());
  }
  if (expected.contains("bytes_at_most")) {
    EXPECT_LE(after.value.size(), expected["bytes_at_most"].get<std::size_t>());
  }
  for (const auto& header : expected.value("headers", Json::array()))
    EXPECT_EQ(after.header(header[0].get<std::string>()), header[1].get<std::string>());
  if (expected.contains("differs_only_in")) {
    const Json& place = expected["differs_only_in"];
    ExpectChangesOnlyIn(cv::Rect(place[0], place[1], place[2], place[3]), Seen(before), seen);
  }
}

/// The times of the frames that go on, in their order.
Json Kept(Transform& transform, const Json& frames) {
  Json kept = Json::array();
  auto* withholding = dynamic_cast<Withholding*>(&transform);
  std::map<std::uint64_t, Json> held;
  for (const Json& frame : frames) {
    Record record = RecordOf(frame);
    if (record.value.is_null()) record.value = TextPayload("any bytes");
    const bool goes_on = transform.Apply(record.ref());
    if (withholding != nullptr) {
      for (const auto& decision : withholding->TakeDecisions()) {
        if (decision.goes_on) kept.push_back(held.at(decision.number));
      }
      if (const auto number = goes_on ? std::nullopt : withholding->Held()) held[*number] = frame["ms"];
    }
    if (goes_on) kept.push_back(frame["ms"]);
  }
  return kept;
}

TEST(Pages, EachClassHasOneWithAnExampleThatDoesWhatItSays) {
  for (const PluginEntry& entry : Entries()) {
    SCOPED_TRACE(entry.name);
    const auto examples = fakes::PageExamplesIn(std::string(PAGES) + "/" + entry.name + ".md");
    EXPECT_FALSE(examples.empty());
    for (const fakes::PageExample& example : examples) {
      EXPECT_EQ(example.type, entry.name);
      const auto transform = Make(example.type, example.config);
      if (example.json.contains("frames")) {
        EXPECT_EQ(Kept(*transform, example.json["frames"]), example.json["kept"]);
        continue;
      }
      const Record before = RecordOf(example.json["before"]);
      Record after = before;
      EXPECT_TRUE(transform->Apply(after.ref()));
      ExpectRecord(example.json["after"], before, after);
    }
  }
}

}  // namespace
}  // namespace framespool::picture_transforms
