#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "packet_reader.h"

namespace framespool::video_file {

/// The packets around one frame in decoding order. cv::VideoCapture does not say at which frame it is after a seek, but
/// gives the decoding time of the packet it read last (POS_MSEC, OpenCV 4.6). A decoder holds a fixed number of frames
/// back, so the packet tells the frame.
class DecodeOrder {
 public:
  /// Reads `packets` from where they stand to some way behind the frame shown at `frame` (ticks).
  DecodeOrder(PacketReader& packets, std::int64_t frame);

  /// False: there is no such frame here.
  bool found() const noexcept { return found_; }
  /// How many packets behind the frame's place in the order of showing the packet decoded at `dts` is; nothing when it
  /// is none of these. At the first frame of a file this is what the decoder holds back.
  std::optional<std::int64_t> Distance(std::int64_t dts) const;
  bool IsBehindAll(std::int64_t dts) const { return place_.empty() || dts > place_.rbegin()->first; }

 private:
  std::map<std::int64_t, std::int64_t> place_;  // of a packet among those that are shown, by decoding time
  std::int64_t rank_ = 0;                       // of the frame, in the order of showing
  bool found_ = false;
};

}  // namespace framespool::video_file
