#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "framespool/media/video_record.h"
#include "framespool/record.h"

namespace framespool::camera {

/// When something came, by both clocks.
struct Arrival {
  std::chrono::steady_clock::time_point steady;
  std::chrono::system_clock::time_point wall;

  static Arrival Now() { return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()}; }
};

/// What one record is to hold, as the camera gave it: an access unit, or a picture.
struct Frame {
  Payload bytes;
  std::optional<media::VideoCodec> codec;  // nothing: a picture
  std::string content_type;                // a picture's
  bool is_key = true;                      // readers can begin here
  bool broken = false;                     // it lost a part, or a frame that it refers to
  int width = 0;                           // in pixels; 0: not known
  int height = 0;
  std::optional<std::int64_t> pts_us;  // by the camera's clock, in microseconds from anywhere
  std::optional<std::int64_t> dts_us;
  std::optional<std::int64_t> capture_us;  // since 1970, by the camera's wall clock
  Arrival arrival;
};

}  // namespace framespool::camera
