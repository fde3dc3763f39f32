#include "playback/seen_tracker.h"

#include <algorithm>

namespace framespool::mjpeg {

namespace {

// Beyond this the oldest are forgotten, which only makes the stored position a little coarser.
constexpr std::size_t kMostTracked = 4096;
// Linux takes up to two segments more than the window it announces.
constexpr std::uint64_t kOverrun = 128 << 10;
// With a window more than half open little can lie unread, so a frame is not held back longer than this: the widest
// window may be one that the viewer's kernel never offers again.
constexpr std::chrono::seconds kLongestDoubt{1};

}  // namespace

void SeenTracker::Sent(const FrameId& id, std::uint64_t end) {
  sent_.push_back({id, end, std::nullopt, std::nullopt});
  if (sent_.size() > kMostTracked) sent_.pop_front();
}

void SeenTracker::Sample(const TcpState& state, Clock::time_point now) {
  if (closed_at_ && state.acknowledged > closed_after_) closed_at_.reset();
  // All that is known from the peer was known when it last spoke, so a late sample dates nothing late.
  const Clock::time_point then = now - state.last_ack;
  std::uint64_t unread = 0;
  bool pressed = false;
  if (state.window) {
    widest_ = std::max(widest_, *state.window);
    unread = widest_ - *state.window;
    pressed = *state.window < widest_ / 2;
    if (pressed) unread += kOverrun;
  }
  for (SentFrame& frame : sent_) {
    if (frame.end > state.acknowledged) break;
    if (!frame.acknowledged_at) frame.acknowledged_at = then;
    const bool read = frame.end + unread <= state.acknowledged;
    if (frame.read_at) continue;
    if (read)
      frame.read_at = then;
    else if (!pressed && now - *frame.acknowledged_at >= kLongestDoubt)
      frame.read_at = now;
  }
}

void SeenTracker::SideClosed(std::uint64_t written, Clock::time_point now) {
  closed_at_ = now;
  closed_after_ = written;
}

std::optional<SeenTracker::Clock::time_point> SeenTracker::Next(std::chrono::milliseconds rewind) const {
  if (sent_.empty() || !sent_.front().read_at || closed_at_) return std::nullopt;
  return *sent_.front().read_at + rewind;
}

}  // namespace framespool::mjpeg
