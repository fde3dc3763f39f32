#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>

#include "topic/unit_pictures.h"

namespace framespool::mjpeg {

/// Decoded pictures around the one that was looked at last: who steps back within a group has nothing decoded again.
/// Used by one thread.
class SeenPictures {
 public:
  /// A group of 30 pictures in 1080p, which take 3 MB each.
  static constexpr std::size_t kMostBytes = std::size_t{128} << 20;

  /// Keeps `picture`; those that are the furthest from `looked_at` are forgotten for it.
  void Keep(UnitPicture picture, std::int64_t looked_at);
  /// Null where it is not kept. Valid until the next Keep() or Clear().
  const UnitPicture* Find(std::int64_t offset);
  void Clear();
  /// When something was kept or found.
  std::chrono::steady_clock::time_point used_at() const noexcept { return used_at_; }

 private:
  std::map<std::int64_t, UnitPicture> pictures_;  // by offset
  std::size_t bytes_ = 0;
  std::chrono::steady_clock::time_point used_at_{};
};

}  // namespace framespool::mjpeg
