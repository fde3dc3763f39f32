#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "framespool/record.h"

namespace framespool::video_file {

/// Where in a file the next read starts: what a source offset says. The last frame's mark is there to find and confirm
/// the place; an offset written by hand may leave it out.
struct Position {
  std::int64_t frame = 0;       // of the file, from 0
  std::int64_t loop = 0;        // how often the file has been played to its end
  std::int64_t loop_us = 0;     // presentation time at which this loop started
  std::int64_t last_ticks = 0;  // of frame - 1
  std::int64_t last_us = 0;
  std::string last_check;
  std::optional<std::int64_t> last_place;  // of its packet in the file, in bytes; only where times may come twice
  std::int64_t shift_us = 0;               // by how much jumps of the file's clock have moved it
  std::optional<std::int64_t> gop;         // records since the last key frame, up to frame - 1; only with format = copy

  Fields ToOffset() const;
  /// Throws ConfigError that says which field is wrong and how to put it right.
  static Position FromOffset(const Fields& offset);
  /// What is wrong with an offset that somebody has written by hand, or nothing.
  static std::optional<std::string> ProblemWith(const Fields& offset);
};

}  // namespace framespool::video_file
