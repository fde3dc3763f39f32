#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "framespool/media/video_record.h"
#include "framespool/record.h"
#include "http/http_message.h"

namespace framespool::mjpeg {

/// What GET /mux asks for.
struct MuxQuery {
  std::vector<std::string> streams;  // connectors' names, each once
  std::vector<int> widths;           // of each stream, in pixels; 0: as they are
  double fps = 0;                    // of pictures of each stream, at most; 0: every frame

  /// What the reader plays as it is; of anything else it wants pictures.
  struct Plays {
    bool h264 = false;
    bool h265 = false;
    bool any() const { return h264 || h265; }
    bool operator()(media::VideoCodec codec) const { return codec == media::VideoCodec::kH264 ? h264 : h265; }
  };
  std::vector<Plays> plays;  // of each stream

  /// All streams in step, by one clock.
  struct Past {
    Timestamp from;
    std::optional<Timestamp> until;
    double speed = 1;  // 0: the clock stands
  };
  std::optional<Past> past;  // nothing: what is newest
};

/// The query; or what is wrong with it. Unknown keys are ignored.
std::variant<MuxQuery, std::string> ParseMuxQuery(const Request& request, Timestamp now);

}  // namespace framespool::mjpeg
