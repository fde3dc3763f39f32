#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "framespool/media/video_record.h"
#include "topic/feeder.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

/// The newest video of one sink's topic as it is, for all who watch it: the fragments from the newest key frame on, and
/// those of the last second. Owned by a MuxChannel, under its lock; no threads, no clock of its own.
class MuxVideo {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Kind {
    kUnknown,  // nobody has looked yet
    kVideo,
    kNone,  // the topic holds pictures, or nothing
  };

  /// One viewer's place.
  struct Place {
    std::uint64_t file = 0;  // the one that it has a part of; 0: none
    std::uint64_t next = 0;  // the fragment that it wants
  };
  struct Next {
    FramePtr fragment;    // null: there is none yet
    Place behind;         // the place when it has been sent
    bool begins = false;  // another file, whose clock begins anew
  };

  static constexpr std::chrono::milliseconds kWindow{1000};
  static constexpr std::size_t kWindowBytes = 32 << 20;

  /// Takes what `feeder` has read.
  void Take(Feeder& feeder, Clock::time_point now);
  /// Forgets all: nobody watches, or nothing is read any more.
  void Clear();

  Kind kind() const noexcept { return kind_; }
  std::optional<media::VideoCodec> codec() const noexcept { return codec_; }
  /// What who stands at `place` is to be sent: what follows; or, where that has gone, the newest key frame.
  Next For(const Place& place) const;

 private:
  struct Fragment {
    FramePtr frame;
    Clock::time_point came;
  };
  void Add(FramePtr frame, Clock::time_point now);

  Kind kind_ = Kind::kUnknown;
  std::optional<media::VideoCodec> codec_;
  std::uint64_t file_ = 0;
  std::deque<Fragment> window_;
  std::size_t bytes_ = 0;
  std::uint64_t end_ = 0;                // of the next fragment; the window ends before it
  std::optional<std::uint64_t> newest_;  // that begins
};

}  // namespace framespool::mjpeg
