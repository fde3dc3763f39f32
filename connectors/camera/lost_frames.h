#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "framespool/media/access_units.h"
#include "framespool/media/frame_numbers.h"

namespace framespool::camera {

/// Says which access units of a connection are not as the camera made them, for want of themselves or of one that they
/// refer to: from a loss up to the next key frame. libavformat does not say it. H.264 counts its frames; where a stream
/// does not (H.265), a step of time of more than a frame and a half is a loss. Used by one thread.
class LostFrames {
 public:
  explicit LostFrames(media::VideoCodec codec) : codec_(codec) {}

  /// `unit` is the next one in decoding order.
  bool IsBroken(const media::AccessUnit& unit);

 private:
  media::FrameNumbers::Verdict Judge(const media::AccessUnit& unit);
  bool IsGap(const media::AccessUnit& unit);

  const media::VideoCodec codec_;
  media::FrameNumbers numbers_;
  std::optional<std::int64_t> last_us_;
  std::deque<std::int64_t> steps_us_;  // the last ones
  bool broken_ = false;
};

}  // namespace framespool::camera
