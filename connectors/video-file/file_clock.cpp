#include "file_clock.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace framespool::video_file {
namespace {

// A damaged time is followed by right ones within so many frames; a clock that stays away longer has jumped.
constexpr int kSureAfter = 3;
// What is this little behind is a slip in the order of frames, not a clock that starts anew.
constexpr double kSlipFrames = 2;
// How far a time may be from what is expected, in frames, to count as the old clock's.
constexpr double kComeBackFrames = 8;
constexpr std::int64_t kMostTicks = std::int64_t{1} << 61;

}  // namespace

FileClock::FileClock(double tick_us, double frame_us, std::int64_t gap_us)
    : tick_us_(tick_us), frame_us_(frame_us), gap_us_(std::max<std::int64_t>(gap_us, std::llround(10 * frame_us))) {}

std::int64_t FileClock::frame_ticks() const noexcept {
  return tick_us_ > 0 ? std::max<std::int64_t>(1, std::llround(frame_us_ / tick_us_)) : 1;
}

// Put on the grid of a constant rate where it is as near to it as the stream's clock can say.
std::int64_t FileClock::UsOf(std::int64_t ticks) const {
  const double us = (static_cast<double>(ticks) - static_cast<double>(*first_)) * tick_us_;
  if (!(std::abs(us) < 4e18)) return us > 0 ? kMostTicks : -kMostTicks;
  const double grid = std::round(us / frame_us_) * frame_us_;
  const double near = std::min(tick_us_, frame_us_ / 4);
  const double told = std::abs(us - grid) <= near ? grid : us;
  return std::clamp<std::int64_t>(std::llround(told), -kMostTicks, kMostTicks);
}

FrameTime FileClock::Next(std::optional<std::int64_t> ticks) {
  // No clock runs that long; near the ends of the type sums would overflow.
  if (ticks && (*ticks > kMostTicks || *ticks < -kMostTicks)) ticks.reset();
  if (!first_) {
    first_ = ticks.value_or(0);
    last_ = {.ticks = *first_, .us = 0};
    return last_;
  }
  if (!ticks) {
    last_ = {.ticks = last_.ticks + frame_ticks(), .us = last_.us + std::llround(frame_us_)};
    return last_;
  }
  last_ = {.ticks = *ticks, .us = Follow(UsOf(*ticks))};
  return last_;
}

std::int64_t FileClock::Follow(std::int64_t us) {
  if (jump_ && frames_since_jump_ < kSureAfter) {
    const std::int64_t by_old_clock = us + shift_before_us_;
    if (by_old_clock > last_.us && static_cast<double>(by_old_clock - last_.us) < kComeBackFrames * frame_us_) {
      shift_us_ = shift_before_us_;
      jump_.reset();
      return by_old_clock;
    }
    ++frames_since_jump_;
  }
  const std::int64_t step = us + shift_us_ - last_.us;
  if (step > 0 && step <= gap_us_) return us + shift_us_;
  if (step <= 0 && static_cast<double>(-step) < kSlipFrames * frame_us_) return last_.us + 1;
  const std::int64_t next = last_.us + std::llround(frame_us_);
  if (!jump_ || frames_since_jump_ >= kSureAfter) shift_before_us_ = shift_us_;
  jump_ = {.at_us = next, .by_us = step};
  frames_since_jump_ = 0;
  shift_us_ = next - us;
  return next;
}

void FileClock::GoOnAfter(std::int64_t ticks, std::int64_t shift_us) {
  if (!first_) first_ = ticks;
  jump_.reset();
  shift_us_ = shift_us;
  last_ = {.ticks = ticks, .us = UsOf(ticks) + shift_us};
}

std::optional<ClockJump> FileClock::TakeJump() {
  if (!jump_ || frames_since_jump_ < kSureAfter) return std::nullopt;
  return std::exchange(jump_, std::nullopt);
}

}  // namespace framespool::video_file
