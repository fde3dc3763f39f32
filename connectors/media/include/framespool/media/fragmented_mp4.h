#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framespool/media/video_record.h"
#include "framespool/value.h"

namespace framespool::media {

/// The beginning of a fragmented MP4 (ISO/IEC 14496-12: ftyp and moov without samples). Immutable.
struct Mp4Start {
  Payload bytes;
  std::string codecs;  // as in a Content-Type (RFC 6381): avc1.64001F, hvc1.1.6.L93.B0
};

/// Makes fragmented MP4 of access units as topics hold them, one fragment (moof and mdat) each, without decoding them.
/// A body is a start and fragments from one with `begins` on, in order; fragments may be left out up to the next one
/// with `begins`. Times are of 1 µs and begin with 0 at the first unit. Used by one thread.
class FragmentedMp4 {
 public:
  struct Fragment {
    Payload bytes;
    bool begins = false;                    // a key frame
    std::shared_ptr<const Mp4Start> start;  // what has to have come before it
  };

  /// The next unit in the order of decoding. A key frame with other parameter sets than before has another start.
  /// Nothing before the first key frame, and of what no MP4 can hold.
  std::optional<Fragment> Add(std::span<const std::byte> unit, const VideoFacts& facts);

 private:
  bool Begin(std::span<const std::byte> unit, const VideoFacts& facts);
  void SetTimes(const VideoFacts& facts);

  std::vector<std::byte> parameter_sets_;  // that start_ is made of
  std::shared_ptr<const Mp4Start> start_;
  std::uint32_t number_ = 0;   // of fragments
  std::int64_t shift_us_ = 0;  // from the units' clock to the file's
  std::int64_t last_us_ = 0;   // when the last unit is decoded, by the file's clock
  std::int64_t step_us_ = 0;   // between the last two; how long the next is taken to last
};

}  // namespace framespool::media
