#pragma once

#include <chrono>

#include <framespool/transform.h>

namespace framespool::picture_transforms {

/// When a frame is: by its video's own clock (the header framespool.pts.us) where it has one, else by its record's
/// time.
struct FrameTime {
  std::chrono::microseconds at{};
  bool of_video = false;
};
FrameTime TimeOf(const RecordRef& record);

/// Whether `time` is not the time of a successor of `last`: another clock, or one that has been set back.
bool HasJumped(const FrameTime& last, const FrameTime& time);

}  // namespace framespool::picture_transforms
