#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "http/query_values.h"
#include "topic/frame.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// A moment of a topic, as `from=`, `until=` and `at=` name it.
struct Moment {
  enum class Kind { kEarliest, kLatest, kOffset, kTime } kind = Kind::kEarliest;
  std::int64_t offset = 0;
  std::size_t partition = 0;  // that the offset is of
  Timestamp time;
};

/// What ParseMoment() takes, in words.
inline constexpr const char* kMomentForms =
    "earliest, latest, an offset, a time ago such as -30s (ms, s, m, h, d), or an RFC 3339 time such as "
    "2024-05-01T12:00:00Z";

/// -30s, -5m, -2h, -1d before `now`, or RFC 3339; nothing for anything else.
std::optional<Timestamp> ParseTime(const std::string& text, Timestamp now);
/// The same as RFC 3339, in UTC.
std::string TimeText(Timestamp time);
std::optional<Moment> ParseMoment(const std::string& text, Timestamp now);
/// The moment that the query's `key` names; an offset in it is of the partition that `partition=` names.
std::optional<Moment> MomentOf(QueryValues& values, std::string_view key, Timestamp now);

/// Where `moment` stands: the first frames from then on. latest is the newest frame. May wait for I/O; moves the track.
Position Find(Track& track, const Moment& moment, std::stop_token stop);
/// Where a clip until `moment` ends: the first frames that are not in it. latest ends it with the newest frame. Nothing
/// while the moment lies in the future.
std::optional<Position> FindEnd(Track& track, const Moment& moment, std::stop_token stop);
/// True when nothing can lie between the two, whatever the topic holds; kEmptySpan says so.
bool IsEmptySpan(const Moment& from, const Moment& until);
inline constexpr const char* kEmptySpan = "until must lie behind from; there is nothing between them";
/// What was asked for, in words, when that is older than all the topic still holds; then Find() is its first frame.
std::optional<std::string> OlderThanRetained(Track& track, const Moment& moment);
/// What was asked for, in words, when it lies behind the newest frame there is.
std::optional<std::string> StillToCome(Track& track, const Moment& moment);

}  // namespace framespool::mjpeg
