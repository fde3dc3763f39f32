#pragma once

#include <cstdint>
#include <optional>

namespace framespool::camera {

/// A clock of the source's own for the frames of one camera, in microseconds, which only grows: over connections, over
/// restarts, and where the camera's clock starts anew, stands still or leaps. Within a connection it has the camera's
/// spacing; between two it has the time that went by. Used by one thread.
class Timeline {
 public:
  /// Where it stands: the time of the last frame, and when that came (any clock that goes on, in microseconds).
  struct Place {
    std::int64_t us = 0;
    std::int64_t arrival_us = 0;
  };
  /// The times of one frame.
  struct Times {
    std::int64_t pts_us = 0;
    std::int64_t dts_us = 0;
    bool leapt = false;  // the camera's clock has jumped, and the gap was closed
  };

  Timeline() = default;
  /// Goes on behind `last`.
  explicit Timeline(const Place& last) : last_(last) {}

  /// What follows is from a new connection, with a clock of its own.
  void BeginSession() { shift_.reset(); }
  /// Of the next frame in decoding order, by the camera's times as far as it says them.
  Times Next(std::optional<std::int64_t> pts_us, std::optional<std::int64_t> dts_us, std::int64_t arrival_us);

  const std::optional<Place>& last() const noexcept { return last_; }

 private:
  std::optional<Place> last_;          // by decoding time
  std::optional<std::int64_t> shift_;  // from the camera's clock to this one
};

}  // namespace framespool::camera
