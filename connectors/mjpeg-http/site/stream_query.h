#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "http/http_message.h"
#include "playback/stream_viewer.h"
#include "topic/frame.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// A moment of a topic, as `from=` and `at=` name it.
struct Moment {
  enum class Kind { kEarliest, kLatest, kOffset, kTime } kind = Kind::kEarliest;
  std::int64_t offset = 0;
  Timestamp time;
};

/// What the query of a stream asks for.
struct StreamQuery {
  Framing framing = Framing::kBoundary;
  bool unpaced = false;
  std::string group;  // empty: none
  std::optional<Moment> from;
};

/// -30s, -5m, -2h, -1d before `now`, or RFC 3339; nothing for anything else.
std::optional<Timestamp> ParseTime(const std::string& text, Timestamp now);
/// The same as RFC 3339, in UTC.
std::string TimeText(Timestamp time);

/// The query, over `defaults`; or what is wrong with it. Unknown keys are ignored.
std::variant<StreamQuery, std::string> ParseStreamQuery(const Request& request, const StreamQuery& defaults,
                                                        Timestamp now);

/// Where `moment` stands. May wait for I/O.
Position Find(Track& track, const Moment& moment);

}  // namespace framespool::mjpeg
