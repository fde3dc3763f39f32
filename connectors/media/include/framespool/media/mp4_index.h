#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "framespool/media/fragmented_mp4.h"
#include "framespool/media/video_record.h"

namespace framespool::media {

/// An MP4 (ISO/IEC 14496-12) of access units that stay where they are: all of the file but the units' own bytes, known
/// before one of them is written. The file is Head(), and behind it SampleOf() each unit that was taken, in order.
/// Nothing is decoded; which pictures are shown an edit list says, to the picture. Used by one thread.
class Mp4Index {
 public:
  /// It is played at `speed` times the units' pace.
  explicit Mp4Index(double speed = 1);
  ~Mp4Index();
  Mp4Index(const Mp4Index&) = delete;
  Mp4Index& operator=(const Mp4Index&) = delete;

  enum class Took {
    kIt,
    kNothing,       // there is no key frame before it, or a unit between is missing
    kCannotBeHere,  // of another codec than those before
    kTellsNothing,  // all of the unit is needed: nothing has become of it
  };
  /// The next unit in the order of decoding.
  Took Add(std::span<const std::byte> unit, const VideoFacts& facts);
  /// The same of one of `size` bytes that begins with `beginning`. Where its NAL units have the start codes of a topic
  /// so far (4 bytes each) they are taken to have them further on: another one is not as large in the file as is said.
  Took AddBeginning(std::span<const std::byte> beginning, std::size_t size, const VideoFacts& facts);

  struct Sample {
    std::int64_t decoded_us = 0;  // by the file's clock
    std::int64_t shown_us = 0;
    std::uint32_t size = 0;
    std::uint16_t start = 0;  // which of the starts it needs
    bool key = false;
    bool hidden = false;
  };
  /// Those taken, in the order of decoding.
  const std::vector<Sample>& samples() const noexcept { return samples_; }
  /// True when the first `count` pictures in the order of showing are taken: no unit that follows comes before them.
  bool Has(std::size_t count) const;

  /// The file's beginning. Of the pictures in the order of showing it shows those from `first` to before `end`, and of
  /// these none that is hidden.
  std::vector<std::byte> Head(std::size_t first, std::size_t end) const;

 private:
  Took AddSized(std::span<const std::byte> beginning, std::size_t in_file, const VideoFacts& facts);

  const std::unique_ptr<Mp4Starts> starts_;
  const std::unique_ptr<Mp4Clock> clock_;
  std::vector<std::shared_ptr<const Mp4Start>> used_;
  VideoFacts facts_;  // of the first unit
  std::vector<Sample> samples_;
};

/// A unit as it stands in an MP4, with the length of each NAL unit in front of it.
std::vector<std::byte> SampleOf(std::span<const std::byte> unit);

}  // namespace framespool::media
