#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

#include "picture/doorbell.h"
#include "topic/feeder.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

/// The frames of one sink from a moment on, for one connection, whose clock says how far. Reads ahead. The sink's
/// MuxChannel opens it, also anew when the sink has been restarted. Any thread.
class PastStream {
 public:
  /// `speed`: of the clock; where it is fast, video has its key frames only. `bell` is rung when there is news.
  PastStream(Timestamp from, double speed, std::shared_ptr<Doorbell> bell)
      : moment_(from), speed_(speed), bell_(std::move(bell)) {}

  struct View {
    FramePtr frame;                 // the newest one up to the moment; null where none was recorded then
    std::uint64_t turn = 0;         // another one: another frame
    std::optional<Timestamp> next;  // that of the frame behind it, as far as it is known
    bool reads = false;             // that one is still on its way
  };
  /// It is `moment` now; never less than it was.
  View At(Timestamp moment);

  /// Begins to read at the moment.
  void Open(const TopicSource& tracks, SinkCounters& counters);
  /// What reads, for a thread that may wait to destroy; null when nothing does.
  std::unique_ptr<Feeder> Release();

 private:
  bool key_frames() const { return speed_ >= Feeder::kKeyFramesFrom; }
  /// Whether frame_ is what was there at the moment. `next`: when the one behind it is.
  bool IsOfTheMoment(std::optional<Timestamp> next) const;

  std::mutex mutex_;
  Timestamp moment_;
  const double speed_;
  const std::shared_ptr<Doorbell> bell_;
  std::unique_ptr<Feeder> feeder_;
  bool began_ = false;   // the feeder stands where it was told to
  bool at_end_ = false;  // what was taken last was the newest of the topic
  FramePtr frame_;
  std::uint64_t turn_ = 0;
};

}  // namespace framespool::mjpeg
