#include "framespool/media/video_record.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

namespace framespool::media {
namespace {

constexpr std::string_view kContentType = "content-type";
constexpr std::string_view kGop = "framespool.gop";
constexpr std::string_view kSession = "framespool.session";
constexpr std::string_view kPts = "framespool.pts.us";
constexpr std::string_view kDts = "framespool.dts.us";
constexpr std::string_view kCapture = "framespool.capture.us";
constexpr std::string_view kWidth = "framespool.width";
constexpr std::string_view kHeight = "framespool.height";
constexpr std::string_view kOrientation = "framespool.orientation";
constexpr std::string_view kHidden = "framespool.hidden";
constexpr std::string_view kBroken = "framespool.broken";

std::optional<std::int64_t> Number(const Headers& headers, std::string_view key) {
  const auto text = FindHeader(headers, key);
  std::int64_t value = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc() && end == text->data() + text->size() ? std::optional(value) : std::nullopt;
}

int Side(const Headers& headers, std::string_view key) {
  const std::int64_t side = Number(headers, key).value_or(0);
  return side > 0 && side <= std::numeric_limits<int>::max() ? static_cast<int>(side) : 0;
}

}  // namespace

const char* ContentTypeOf(VideoCodec codec) { return codec == VideoCodec::kH264 ? "video/h264" : "video/h265"; }

std::optional<VideoCodec> VideoCodecOf(std::string_view content_type) {
  for (const VideoCodec codec : {VideoCodec::kH264, VideoCodec::kH265}) {
    if (content_type == ContentTypeOf(codec)) return codec;
  }
  return std::nullopt;
}

void Describe(SourceRecord& record, const VideoFacts& facts) {
  const auto add = [&](std::string_view key, std::string value) {
    record.headers.push_back({std::string(key), std::move(value)});
  };
  add(kContentType, ContentTypeOf(facts.codec));
  add(kGop, std::to_string(facts.gop));
  add(kSession, std::to_string(facts.session));
  add(kPts, std::to_string(facts.pts_us));
  if (facts.dts_us && *facts.dts_us != facts.pts_us) add(kDts, std::to_string(*facts.dts_us));
  if (facts.capture_us) add(kCapture, std::to_string(*facts.capture_us));
  add(kWidth, std::to_string(facts.width));
  add(kHeight, std::to_string(facts.height));
  if (facts.orientation != 1) add(kOrientation, std::to_string(facts.orientation));
  if (facts.hidden) add(kHidden, "1");
  if (facts.broken) add(kBroken, "1");
  record.sync_point = facts.gop == 0 ? SyncPoint::kHere : SyncPoint::kBefore;
}

std::optional<VideoFacts> ReadVideoFacts(const Headers& headers) {
  const auto codec = VideoCodecOf(FindHeader(headers, kContentType).value_or(""));
  if (!codec) return std::nullopt;
  return VideoFacts{
      .codec = *codec,
      .gop = Number(headers, kGop).value_or(0),
      .session = Number(headers, kSession).value_or(0),
      .pts_us = Number(headers, kPts).value_or(0),
      .dts_us = Number(headers, kDts),
      .capture_us = Number(headers, kCapture),
      .width = Side(headers, kWidth),
      .height = Side(headers, kHeight),
      .orientation = static_cast<int>(std::clamp<std::int64_t>(Number(headers, kOrientation).value_or(1), 1, 8)),
      .hidden = FindHeader(headers, kHidden) == "1",
      .broken = FindHeader(headers, kBroken) == "1"};
}

}  // namespace framespool::media
