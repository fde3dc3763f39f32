#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mux/mux_channel.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

// The messages of a /mux body, as schemas/mux.md has them.

inline constexpr std::string_view kMuxContentType = "application/vnd.framespool.mux; schema=framespool-mux";

struct MuxMessage {
  std::array<char, 24> header{};
  Payload image;      // the payload of a picture
  FramePtr fragment;  // that of a video: itself with its place, behind the start where
  bool starts = false;
  std::string json;  // any other's

  /// Header and payload, as they go out. Views of the message.
  using Pieces = std::array<std::string_view, 3>;
  Pieces pieces() const;
};

/// The first message: which number is which stream.
MuxMessage NamesMessage(const std::vector<std::string>& streams);
/// Of one stream: how it stands. Also the sign of life while it has nothing new.
MuxMessage StateMessage(std::size_t stream, const std::string& name, std::string_view state, const std::string& reason);
/// Of one stream: its video begins, with a clock of its own. `codecs` as a Content-Type has them.
MuxMessage VideoBeginsMessage(std::size_t stream, const std::string& name, const std::string& codecs);
/// Of streams in the past: which moment it is, and how fast the clock runs; 0: it stands.
MuxMessage ClockMessage(Timestamp moment, double speed);
/// A picture; `type` from MuxType().
MuxMessage PictureMessage(std::size_t stream, std::uint8_t type, const FrameId& id, Payload image);
/// A fragment of an MP4, behind its start where that is another than before.
MuxMessage VideoMessage(std::size_t stream, FramePtr fragment, bool starts);
/// 0 when a mux body has no number for that content type.
std::uint8_t MuxType(std::string_view content_type);

}  // namespace framespool::mjpeg
