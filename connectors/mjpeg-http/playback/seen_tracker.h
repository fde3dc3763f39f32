#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "playback/tcp_probe.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

/// Decides which of the frames sent to one viewer a person has seen. Bytes that the kernel took, or that wait unread in
/// the viewer's own kernel, are not seen; a frame counts once the viewer has had all its bytes for a while
/// (resume.rewind.ms). Owned by a StreamViewer; no threads, no clock of its own.
///
/// What the viewer has read is judged by its TCP window: the window shrinks by what lies unread. The widest window
/// known stands for an empty receive buffer.
class SeenTracker {
 public:
  using Clock = std::chrono::steady_clock;

  /// `id` went out; its last byte is number `end` of the connection.
  void Sent(const FrameId& id, std::uint64_t end);
  void Sample(const TcpState& state, Clock::time_point now);
  /// The viewer has closed its side. What it had for less than the rewind until now may never have been looked at,
  /// unless a later Sample() shows it takes more.
  void SideClosed(std::uint64_t written, Clock::time_point now);

  /// Calls `seen` with each frame that now counts, in order.
  template <class F>
  void TakeSeen(Clock::time_point now, std::chrono::milliseconds rewind, F&& seen) {
    if (closed_at_) now = std::min(now, *closed_at_);
    while (!sent_.empty() && sent_.front().read_at && *sent_.front().read_at + rewind <= now) {
      seen(sent_.front().id);
      sent_.pop_front();
    }
  }
  /// When the next frame will count, as far as is known.
  std::optional<Clock::time_point> Next(std::chrono::milliseconds rewind) const;
  /// True while Sample() could tell something new.
  bool waiting() const { return !sent_.empty() && !sent_.back().read_at; }
  bool empty() const { return sent_.empty(); }

 private:
  struct SentFrame {
    FrameId id;
    std::uint64_t end = 0;
    std::optional<Clock::time_point> acknowledged_at;
    std::optional<Clock::time_point> read_at;
  };
  std::deque<SentFrame> sent_;
  std::uint32_t widest_ = 0;
  std::optional<Clock::time_point> closed_at_;
  std::uint64_t closed_after_ = 0;  // bytes written when the side closed
};

}  // namespace framespool::mjpeg
