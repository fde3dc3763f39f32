#pragma once

#include "http/port_registry.h"
#include "mux/mux_channel.h"
#include "picture/scaled_frames.h"

namespace framespool::mjpeg {

/// What all sinks of one worker share: the ports they are served on, the channels that /mux watches, and the pictures
/// made at other widths. The worker makes one and gives it to each sink; it outlives them. Any thread.
class MjpegLibrary {
 public:
  MjpegLibrary() = default;
  MjpegLibrary(const MjpegLibrary&) = delete;
  MjpegLibrary& operator=(const MjpegLibrary&) = delete;

  MuxChannels& channels() noexcept { return channels_; }
  SharedScaledFrames& scaled() noexcept { return scaled_; }
  PortRegistry& ports() noexcept { return ports_; }

 private:
  MuxChannels channels_;
  SharedScaledFrames scaled_;
  PortRegistry ports_{channels_, scaled_};  // last: its ports use the others
};

}  // namespace framespool::mjpeg
