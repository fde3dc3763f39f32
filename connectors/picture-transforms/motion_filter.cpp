#include "motion_filter.h"

#include <cstdio>
#include <utility>

#include "described.h"
#include "mask_file.h"
#include "record_picture.h"

namespace framespool::picture_transforms {
namespace {

constexpr std::size_t kMostCameras = 256;
// What waits for motion waits in memory.
constexpr std::uint64_t kMostBehind = 300;
constexpr std::size_t kMostWaitingBytes = 64U << 20;

std::string Rounded(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", share);
  return text;
}

}  // namespace

const ConfigDef<MotionFilter::Config>& MotionFilter::Describe() {
  constexpr double kHour = 3'600'000;
  static const auto def = [] {
    ConfigDef<Config> keys;
    Shown(keys.Field("threshold", &Config::threshold,
                     "By how many levels of brightness, of 255, a pixel must differ to count."),
          "Threshold")
        .Range(1, 254);
    Shown(keys.Field("area", &Config::area,
                     "How much of what is watched must differ to be motion. A quarter of a per cent is a square of "
                     "70x70 pixels in 1920x1080."),
          "Area")
        .Range(0.01, 100)
        .Unit("%");
    Shown(keys.Field("mask", &Config::mask,
                     "A picture (JPEG, PNG or WebP) of what is watched: white is, black is not. It is scaled to the "
                     "frames. Empty: everything."),
          "Mask")
        .Role(Role::kPath)
        .Width(Width::kLong);
    Shown(
        keys.Field("keep.before.ms", &Config::keep_before,
                   "How long before motion records are kept. They wait that long, in memory, and hold up those behind "
                   "them; 300 records and 64 MB at most. In the chain of a source only. 0: none."),
        "Keep before")
        .Range(0, 10'000);
    Shown(keys.Field("keep.after.ms", &Config::keep_after, "How long records go on to be kept behind motion."),
          "Keep after")
        .Range(0, kHour);
    Shown(keys.Field("keepalive.ms", &Config::keepalive,
                     "One record is kept at least this often, also where nothing moves. 0: none is for that."),
          "Keep-alive")
        .Range(0, 24 * kHour);
    Shown(keys.Field("per", &Config::per,
                     "What is one camera: the records of each key, or those of each topic (of a partition).",
                     {{"key", Per::kKey}, {"topic", Per::kTopic}}),
          "Per");
    return keys;
  }();
  return def;
}

std::vector<Problem> MotionFilter::Check(const Config& config, const std::string& /*connector*/) {
  if (config.mask.empty()) return {};
  try {
    ReadMask(config.mask);
    return {};
  } catch (const ConfigError& error) {
    return error.problems();
  }
}

MotionFilter::MotionFilter(const Config& config, TransformContext& /*context*/)
    : config_(config),
      mask_(config.mask.empty() ? cv::Mat() : ReadMask(config.mask)),
      streams_(config.per, kMostCameras) {}

bool MotionFilter::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("MotionFilter", record);
  const FrameTime time = TimeOf(record);
  const cv::Mat pixels = picture.ReadGray(MotionDetector::SizeFor(picture.size()).width);
  Stream& stream = streams_.Of(record);
  if (stream.last && HasJumped(*stream.last, time)) {
    Forget(stream);
    stream = Stream();
  }
  if (stream.number == 0) stream.number = ++streams_seen_;
  ++records_seen_;
  const auto share = stream.detector.Look(pixels, picture.size(), time.at, config_.threshold, config_.area, mask_);
  const bool moved = share && *share >= config_.area;
  // The first picture is compared with nothing: there may have been motion just before it.
  if (moved || !share) stream.moved = time.at;
  const bool keep = !share || time.at - stream.moved <= config_.keep_after ||
                    (config_.keepalive.count() > 0 && time.at - stream.kept >= config_.keepalive);
  stream.last = time;
  Decide(stream, time.at, moved);
  if (!keep && !Withholds(config_)) return false;
  SetHeader(record.headers, "framespool.motion", moved ? "true" : "false");
  SetHeader(record.headers, "framespool.motion.area", Rounded(share.value_or(0)));
  if (!keep) {
    Hold(stream, record, time.at);
    return false;
  }
  stream.kept = time.at;
  return true;
}

void MotionFilter::Reset() {
  streams_.Clear();
  for (const Waiting& each : std::exchange(waiting_, {})) decisions_.push_back({each.number, false});
  waiting_bytes_ = 0;
}

void MotionFilter::Forget(const Stream& stream) {
  waiting_.remove_if([&](const Waiting& each) {
    if (each.stream != stream.number) return false;
    decisions_.push_back({each.number, false});
    waiting_bytes_ -= each.bytes;
    return true;
  });
}

void MotionFilter::Decide(const Stream& stream, std::chrono::microseconds at, bool moved) {
  for (auto each = waiting_.begin(); each != waiting_.end();) {
    const bool is_its = each->stream == stream.number;
    const bool is_late = is_its && at - each->at > config_.keep_before;
    // Also those of a camera that says nothing any more: others wait behind them.
    const bool must_go = records_seen_ - each->number > kMostBehind || waiting_bytes_ > kMostWaitingBytes;
    if (!is_late && !must_go && !(is_its && moved)) {
      ++each;
      continue;
    }
    decisions_.push_back({each->number, is_its && moved && !is_late});
    waiting_bytes_ -= each->bytes;
    each = waiting_.erase(each);
  }
}

void MotionFilter::Hold(const Stream& stream, const RecordRef& record, std::chrono::microseconds at) {
  const auto picture = record.value.picture();
  constexpr std::size_t kBytesAPixel = 3;
  const std::size_t bytes =
      picture ? static_cast<std::size_t>(picture->width()) * static_cast<std::size_t>(picture->height()) * kBytesAPixel
              : record.value.size();
  waiting_.push_back({records_seen_, stream.number, at, bytes});
  waiting_bytes_ += bytes;
  just_held_ = records_seen_;
}

}  // namespace framespool::picture_transforms
