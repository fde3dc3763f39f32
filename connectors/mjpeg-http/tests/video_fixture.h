#pragma once

#include <algorithm>
#include <cstdint>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framespool/media/access_units.h"
#include "framespool/media/packet_reader.h"
#include "sink_fixture.h"
#include "test_video.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::mjpeg {

/// How a test's video is encoded; a group has 24 pictures.
struct Encoding {
  const char* name;
  const char* options;
};
inline void PrintTo(const Encoding& encoding, std::ostream* out) { *out << encoding.name; }

inline constexpr Encoding kH264{
    "H264", "-c:v libx264 -preset veryfast -bf 3 -g 24 -keyint_min 24 -sc_threshold 0 -pix_fmt yuv420p"};
inline constexpr Encoding kOpenH264{"OpenH264",
                                    "-c:v libx264 -preset veryfast -bf 3 -g 24 -keyint_min 24 -sc_threshold 0 "
                                    "-x264-params open-gop=1 -pix_fmt yuv420p"};
inline constexpr Encoding kPlainH264{
    "PlainH264",
    "-c:v libx264 -preset veryfast -tune zerolatency -g 24 -keyint_min 24 -sc_threshold 0 -pix_fmt yuv420p"};
inline constexpr Encoding kH265{
    "H265",
    "-c:v libx265 -preset ultrafast "
    "-x265-params log-level=none:bframes=3:keyint=24:min-keyint=24:scenecut=0:open-gop=0 -pix_fmt yuv420p"};
inline constexpr Encoding kOpenH265{
    "OpenH265",
    "-c:v libx265 -preset ultrafast "
    "-x265-params log-level=none:bframes=3:keyint=24:min-keyint=24:scenecut=0:open-gop=1 -pix_fmt yuv420p"};

/// A sink on a topic of access units whose pictures carry their number (see TestVideo).
class VideoFixture : public SinkFixture {
 protected:
  struct Unit {
    Value value;
    media::VideoFacts facts;
  };

  /// The numbers in the pictures that OpenCV reads of a file or a URL.
  static std::vector<int> PlayedFrom(const std::string& place) {
    cv::VideoCapture capture(place, cv::CAP_FFMPEG);
    EXPECT_TRUE(capture.isOpened());
    std::vector<int> numbers;
    for (cv::Mat picture; capture.read(picture);) {
      std::vector<unsigned char> jpeg;
      cv::imencode(".jpg", picture, jpeg);
      numbers.push_back(NumberIn(std::as_bytes(std::span(jpeg))));
    }
    return numbers;
  }
  /// The units of `frames` pictures, numbered from 0 on.
  std::vector<Unit> Encode(const Encoding& encoding, int frames) {
    const std::string file = folder / "video.mp4";
    TestVideo{.frames = frames, .options = encoding.options}.Make(file);
    media::PacketReader packets(file, {});
    media::AccessUnits units(*packets.stream().codecpar, packets.stream().time_base);
    std::vector<Unit> made;
    std::int64_t gop = 0;
    while (const auto packet = packets.Next()) {
      auto unit = units.Make(*packet->raw);
      if (!unit) continue;
      gop = unit->is_key ? 0 : gop + 1;
      media::VideoFacts facts;
      facts.codec = unit->codec;
      facts.gop = gop;
      facts.pts_us = unit->pts_us.value_or(0);
      facts.dts_us = unit->dts_us;
      facts.width = unit->width;
      facts.height = unit->height;
      made.push_back({std::move(unit->bytes), facts});
    }
    EXPECT_EQ(made.size(), static_cast<std::size_t>(frames));
    return made;
  }

  /// Makes them large enough to fill a socket: what follows the slices means nothing to a decoder.
  static void Swell(std::vector<Unit>& units) {
    for (Unit& unit : units) {
      std::vector<std::byte> bytes(unit.value.bytes().begin(), unit.value.bytes().end());
      for (const int byte : {0, 0, 0, 1, 12}) bytes.push_back(static_cast<std::byte>(byte));
      bytes.resize(bytes.size() + 600'000, std::byte{0xFF});
      unit.value = Payload(std::move(bytes));
    }
  }

  void AppendUnit(const Unit& unit, Timestamp time, const std::optional<std::string>& key = {}) {
    SourceRecord record;
    media::Describe(record, unit.facts);
    topic.Append(unit.value, std::move(record.headers), time, 0, key, record.sync_point);
  }
  /// As they come 30 a second, the last one now: the time of the first.
  Timestamp AppendUnits(std::span<const Unit> units) {
    const auto before = [&](std::size_t count) { return std::chrono::milliseconds(count * 1000 / 30); };
    const Timestamp end = Now();
    for (std::size_t i = 0; i < units.size(); ++i) AppendUnit(units[i], end - before(units.size() - 1 - i));
    return end - before(units.size() - 1);
  }

  static int NumberOf(const std::string& image) { return NumberIn(std::as_bytes(std::span(image))); }
  /// The numbers of the next `count` pictures of a stream; fewer when they do not come.
  static std::vector<int> Numbers(StreamClient& client, int count) {
    std::vector<int> numbers;
    while (static_cast<int>(numbers.size()) < count) {
      const auto part = client.Next();
      if (!part) break;
      numbers.push_back(NumberOf(part->body));
    }
    return numbers;
  }
  static std::vector<int> Sequence(int first, int end) {
    std::vector<int> numbers;
    for (int number = first; number < end; ++number) numbers.push_back(number);
    return numbers;
  }

  TestFolder folder;
};

}  // namespace framespool::mjpeg
