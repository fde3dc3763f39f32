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
  Payload image;     // the payload of a picture
  std::string json;  // any other's

  std::string_view payload() const { return image.size() > 0 ? image.text() : std::string_view(json); }
};

/// The first message: which number is which stream.
MuxMessage NamesMessage(const std::vector<std::string>& streams);
/// Of one stream: how it stands. Also the sign of life while it has nothing new.
MuxMessage StateMessage(std::size_t stream, const std::string& name, std::string_view state, const std::string& reason);
/// Of streams in the past: which moment it is, and how fast the clock runs; 0: it stands.
MuxMessage ClockMessage(Timestamp moment, double speed);
/// A picture; `type` from MuxType().
MuxMessage PictureMessage(std::size_t stream, std::uint8_t type, const FrameId& id, Payload image);
/// 0 when a mux body has no number for that content type.
std::uint8_t MuxType(std::string_view content_type);

}  // namespace framespool::mjpeg
