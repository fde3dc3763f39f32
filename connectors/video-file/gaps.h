#pragma once

#include "file_clock.h"
#include "framespool/media/packet_reader.h"

namespace framespool::video_file {

/// The clock of the file that `packets` reads, with what counts as a gap in it: 10 s where recordings may have been put
/// behind one another; elsewhere 60 s, as a picture may stand for a while because it was meant to.
inline FileClock ClockOf(const media::PacketReader& packets) {
  constexpr double kFallbackFps = 25;
  constexpr std::int64_t kGapUs = 10'000'000;
  constexpr std::int64_t kLongGapUs = 60'000'000;
  const media::StreamFacts& facts = packets.facts();
  return {packets.tick_us(), 1e6 / (facts.fps > 0 ? facts.fps : kFallbackFps), facts.joins ? kGapUs : kLongGapUs};
}

}  // namespace framespool::video_file
