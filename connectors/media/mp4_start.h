#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "framespool/media/fragmented_mp4.h"
#include "framespool/media/video_record.h"

namespace framespool::media {

/// What the access units of one stream have to have before them, made anew where they change. Used by one thread.
class Mp4Starts {
 public:
  /// The next unit in the order of decoding. Null before the first key frame, behind a unit that is missing up to the
  /// next key frame, and where no MP4 can begin with one.
  const std::shared_ptr<const Mp4Start>& For(std::span<const std::byte> unit, const VideoFacts& facts);
  /// What comes up to the next key frame has no start.
  void Forget() { start_.reset(); }

 private:
  bool Begin(std::span<const std::byte> unit, const VideoFacts& facts);

  std::vector<std::byte> parameter_sets_;  // that start_ is made of
  int orientation_ = 1;                    // and for
  std::shared_ptr<const Mp4Start> start_;
  std::int64_t gop_ = 0;  // of the last unit
  std::int64_t session_ = 0;
};

}  // namespace framespool::media
