#pragma once

#include <optional>
#include <string>
#include <variant>

#include "http/http_message.h"
#include "playback/stream_viewer.h"
#include "topic/moment.h"

namespace framespool::mjpeg {

/// What the query of a stream asks for.
struct StreamQuery {
  ViewerWish wish;
  bool video = false;  // /video: what the topic holds, as an MP4
  bool live = false;   // the newest frame, always
  std::string group;   // empty: none
  std::string key;     // only the records of this key; empty: all
  std::optional<Moment> from;
  std::optional<Moment> until;
};

/// The query, over `defaults`; or what is wrong with it. Unknown keys are ignored.
std::variant<StreamQuery, std::string> ParseStreamQuery(const Request& request, const StreamQuery& defaults,
                                                        Timestamp now);

}  // namespace framespool::mjpeg
