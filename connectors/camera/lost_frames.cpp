#include "lost_frames.h"

#include <algorithm>
#include <vector>

namespace framespool::camera {
namespace {

constexpr std::size_t kSteps = 9;  // for a median; a rate that changes is known after half of them
constexpr double kLongestStep = 1.5;

std::int64_t Median(const std::deque<std::int64_t>& steps) {
  std::vector<std::int64_t> sorted(steps.begin(), steps.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

}  // namespace

bool LostFrames::IsGap(const media::AccessUnit& unit) {
  const auto us = unit.dts_us ? unit.dts_us : unit.pts_us;
  if (!us) return false;
  const auto before = last_us_;
  last_us_ = us;
  if (!before || *us <= *before) return false;
  const std::int64_t step = *us - *before;
  const bool gap =
      steps_us_.size() == kSteps && static_cast<double>(step) > kLongestStep * static_cast<double>(Median(steps_us_));
  steps_us_.push_back(step);
  if (steps_us_.size() > kSteps) steps_us_.pop_front();
  return gap;
}

media::FrameNumbers::Verdict LostFrames::Judge(const media::AccessUnit& unit) {
  using Verdict = media::FrameNumbers::Verdict;
  const bool gap = IsGap(unit);
  const Verdict verdict = codec_ == media::VideoCodec::kH264 ? numbers_.Next(unit.bytes.bytes()) : Verdict::kUnknown;
  return verdict == Verdict::kUnknown && gap ? Verdict::kLost : verdict;
}

bool LostFrames::IsBroken(const media::AccessUnit& unit) {
  const auto verdict = Judge(unit);
  if (unit.is_key) broken_ = false;  // to what is missing before it nothing refers from here on
  broken_ = broken_ || unit.broken || verdict == media::FrameNumbers::Verdict::kDamaged ||
            (verdict == media::FrameNumbers::Verdict::kLost && !unit.is_key);
  return broken_;
}

}  // namespace framespool::camera
