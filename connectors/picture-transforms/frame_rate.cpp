#include "frame_rate.h"

#include <algorithm>
#include <cmath>

#include "described.h"

namespace framespool::picture_transforms {
namespace {

constexpr std::size_t kMostRates = 1000;

}  // namespace

const ConfigDef<FrameRate::Config>& FrameRate::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Shown(keys.Field("fps", &Config::fps, "How many records of a second remain, at most; 0.2 is one in five seconds."),
          "Frame rate")
        .Required()
        .Range(0.001, 1000)
        .Unit("fps");
    Shown(keys.Field("per", &Config::per,
                     "What is counted for itself: the records of each key, or those of each topic (of a partition).",
                     {{"key", Per::kKey}, {"topic", Per::kTopic}}),
          "Per");
    return keys;
  }();
  return def;
}

FrameRate::FrameRate(const Config& config, TransformContext& /*context*/)
    : config_(config), streams_(config.per, kMostRates) {}

bool FrameRate::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  // Time is cut into slots; the first record of each remains. Times are rounded, some to milliseconds: one that comes a
  // little early counts as what it was meant to be.
  const double early = std::min(0.05, 0.002 * config_.fps);
  const FrameTime time = TimeOf(record);
  const auto slot =
      static_cast<std::int64_t>(std::floor(static_cast<double>(time.at.count()) * 1e-6 * config_.fps + early));
  std::optional<Last>& last = streams_.Of(record);
  if (last && !HasJumped(last->time, time) && slot <= last->slot) return false;
  last = Last{slot, time};
  return true;
}

}  // namespace framespool::picture_transforms
