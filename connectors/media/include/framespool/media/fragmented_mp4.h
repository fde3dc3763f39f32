#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framespool/media/video_record.h"
#include "framespool/value.h"

namespace framespool::media {

class Mp4Clock;
class Mp4Starts;

/// The beginning of a fragmented MP4 (ISO/IEC 14496-12: ftyp and moov without samples). Immutable.
struct Mp4Start {
  Payload bytes;
  std::string codecs;  // as in a Content-Type (RFC 6381): avc1.64001F, hvc1.1.6.L93.B0
};

/// Makes fragmented MP4 of access units as topics hold them, one fragment (moof and mdat) each, without decoding them.
/// A body is a start and fragments from one with `begins` on, in order; fragments may be left out up to the next one
/// with `begins`. Times are of 1 µs and begin with 0 at the first unit; a gap of over 2 s in them is left out. How long
/// a unit lasts is known with the next one, so it is said to last as long as the one before. A browser throws away what
/// is decoded later than twice that behind it, and all up to the next key frame (Media Source Extensions, 3.5.8): what
/// comes late or is the second of few is said to be decoded sooner, and is shown when it is to be. Used by one thread.
class FragmentedMp4 {
 public:
  /// What it makes is played at `speed` times the units' pace.
  explicit FragmentedMp4(double speed = 1);
  ~FragmentedMp4();
  FragmentedMp4(const FragmentedMp4&) = delete;
  FragmentedMp4& operator=(const FragmentedMp4&) = delete;

  /// Bytes that whoever sends a fragment puts around it, in the same piece of memory.
  struct Room {
    std::size_t before = 0;
    std::size_t behind = 0;
  };
  struct Fragment {
    std::vector<std::byte> bytes;  // moof and mdat, between the room that was asked for
    bool begins = false;           // a key frame
    std::int64_t decoded_us = 0;   // when, by the file's clock
    std::int64_t shown_us = 0;
    std::shared_ptr<const Mp4Start> start;  // what has to have come before it
  };

  /// The next unit in the order of decoding. A key frame with other parameter sets than before has another start.
  /// Nothing before the first key frame, behind a unit that is missing up to the next one, and of what no MP4 can hold.
  std::optional<Fragment> Add(std::span<const std::byte> unit, const VideoFacts& facts, const Room& room);
  std::optional<Fragment> Add(std::span<const std::byte> unit, const VideoFacts& facts) { return Add(unit, facts, {}); }

 private:
  const std::unique_ptr<Mp4Starts> starts_;
  const std::unique_ptr<Mp4Clock> clock_;
  std::uint32_t number_ = 0;                    // of fragments
  std::int64_t decoded_us_ = 0, lasts_us_ = 0;  // of the last one
};

}  // namespace framespool::media
