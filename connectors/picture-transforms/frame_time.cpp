#include "frame_time.h"

#include <charconv>
#include <cstdint>

namespace framespool::picture_transforms {

FrameTime TimeOf(const RecordRef& record) {
  // Beyond what any video lasts, and far from what a sum of two could overflow.
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  if (const auto text = FindHeader(record.headers, "framespool.pts.us")) {
    std::int64_t us = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), us);
    if (error == std::errc() && end == text->data() + text->size() && us > -kMost && us < kMost)
      return {std::chrono::microseconds(us), true};
  }
  const std::int64_t ms = record.timestamp.time_since_epoch().count();
  constexpr std::int64_t kMostMs = kMost / 1000;
  return {std::chrono::milliseconds(ms < -kMostMs ? -kMostMs : ms > kMostMs ? kMostMs : ms), false};
}

bool HasJumped(const FrameTime& last, const FrameTime& time) {
  // Clocks that several machines set differ by less.
  constexpr std::chrono::seconds kBack(1);
  return time.of_video != last.of_video || time.at < last.at - kBack;
}

}  // namespace framespool::picture_transforms
