#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <vector>

#include "http/http_message.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// How a topic's frames lie in time: where recording paused, and where its video began again. Looks at a few hundred
/// records of the whole topic, remembers them, and looks closer with every question. Used on the desk's thread only.
class Timeline {
 public:
  /// The answer to GET /timeline.
  Answer Tell(Track& track, std::size_t points, std::stop_token stop);

 private:
  using Clock = std::chrono::steady_clock;
  /// What is known of one record.
  struct Mark {
    Timestamp time;
    std::optional<std::int64_t> loop;  // how often its video began
    std::optional<std::int64_t> pts_us;
  };
  struct Gap {
    std::int64_t offset = 0;  // of the first frame behind it
    Timestamp from, until;
  };
  struct Survey {
    Track& track;
    std::stop_token stop;
    Clock::time_point deadline;
    int looks_left = 0;
    double ms_per_frame = 0;
    bool complete = true;
    std::vector<Gap> gaps;
    std::vector<std::int64_t> loops;  // offsets of first frames
  };

  const Mark* Look(Survey& survey, std::int64_t offset);
  void Between(Survey& survey, std::int64_t left, std::int64_t right);
  static bool BeginsAnew(const Mark& left, const Mark& right);

  std::map<std::int64_t, Mark> marks_;  // of partition 0, by offset
};

}  // namespace framespool::mjpeg
