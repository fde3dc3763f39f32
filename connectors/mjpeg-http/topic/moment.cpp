#include "topic/moment.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace framespool::mjpeg {

namespace {

using std::chrono::milliseconds;

/// Reads `digits` digits off the front of `text`.
bool TakeNumber(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc{} || end != text.data() + digits || value < 0) return false;
  text.remove_prefix(digits);
  return true;
}

bool Take(std::string_view& text, std::string_view allowed) {
  if (text.empty() || allowed.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Timestamp> ParseAgo(std::string_view text, Timestamp now) {
  std::int64_t count = 0;
  const auto [unit, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count < 0 || count > 10'000'000'000) return std::nullopt;
  const std::string_view name(unit, static_cast<std::size_t>(text.data() + text.size() - unit));
  if (name == "ms") return now - milliseconds(count);
  if (count > 1'000'000'000) return std::nullopt;
  if (name == "s") return now - milliseconds(count * 1000);
  if (name == "m") return now - milliseconds(count * 60'000);
  if (name == "h") return now - milliseconds(count * 3'600'000);
  if (name == "d") return now - milliseconds(count * 86'400'000);
  return std::nullopt;
}

std::optional<Timestamp> ParseRfc3339(std::string_view text) {
  using namespace std::chrono;
  int year_number = 0, month_number = 0, day_number = 0, hour = 0, minute = 0, second = 0;
  if (!TakeNumber(text, 4, year_number) || !Take(text, "-") || !TakeNumber(text, 2, month_number) || !Take(text, "-") ||
      !TakeNumber(text, 2, day_number) || !Take(text, "Tt ") || !TakeNumber(text, 2, hour) || !Take(text, ":") ||
      !TakeNumber(text, 2, minute) || !Take(text, ":") || !TakeNumber(text, 2, second)) {
    return std::nullopt;
  }
  int fraction = 0;
  if (Take(text, ".")) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0) return std::nullopt;
    for (std::size_t i = 0; i < 3; ++i) fraction = fraction * 10 + (i < digits ? text[i] - '0' : 0);
    text.remove_prefix(digits);
  }
  int offset_minutes = 0;
  if (!Take(text, "Zz")) {
    // A + that was not escaped arrives as a space.
    const bool west = !text.empty() && text.front() == '-';
    int hours = 0, minutes = 0;
    if (!Take(text, "+- ") || !TakeNumber(text, 2, hours) || !Take(text, ":") || !TakeNumber(text, 2, minutes))
      return std::nullopt;
    offset_minutes = (hours * 60 + minutes) * (west ? -1 : 1);
  }
  if (offset_minutes < -24 * 60 || offset_minutes > 24 * 60) return std::nullopt;
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  if (!text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(hour) + minutes(minute - offset_minutes) + seconds(second) +
         milliseconds(fraction);
}

/// The partitions beside the one that the offset is of stand at the same time.
Position FindOffset(Track& track, const Moment& moment, std::stop_token stop) {
  if (track.partitions() == 1) return {std::max(moment.offset, track.First()[0])};
  if (moment.partition >= track.partitions()) return track.End();
  const Extent extent = track.Extents()[moment.partition];
  if (moment.offset >= extent.end) {
    Position position = track.End();
    position[moment.partition] = moment.offset;
    return position;
  }
  if (moment.offset < extent.first) return track.First();
  const auto record = track.StoredAt(moment.partition, moment.offset, std::move(stop));
  if (!record) return track.First();
  Position position = track.At(record->timestamp);
  position[moment.partition] = moment.offset;
  return position;
}

}  // namespace

std::optional<Timestamp> ParseTime(const std::string& text, Timestamp now) {
  if (text.starts_with('-')) return ParseAgo(std::string_view(text).substr(1), now);
  return ParseRfc3339(text);
}

std::string TimeText(Timestamp time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<Moment> ParseMoment(const std::string& text, Timestamp now) {
  if (text == "earliest") return Moment{.kind = Moment::Kind::kEarliest, .offset = 0, .partition = 0, .time = {}};
  if (text == "latest") return Moment{.kind = Moment::Kind::kLatest, .offset = 0, .partition = 0, .time = {}};
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error == std::errc{} && end == text.data() + text.size() && offset >= 0) {
    return Moment{.kind = Moment::Kind::kOffset, .offset = offset, .partition = 0, .time = {}};
  }
  if (const auto time = ParseTime(text, now))
    return Moment{.kind = Moment::Kind::kTime, .offset = 0, .partition = 0, .time = *time};
  return std::nullopt;
}

std::optional<Moment> MomentOf(QueryValues& values, std::string_view key, Timestamp now) {
  const auto text = values.Text(key);
  if (!text) return std::nullopt;
  auto moment = ParseMoment(*text, now);
  if (!moment) values.Wrong(key, kMomentForms, *text);
  const auto partition = values.Count("partition");
  if (moment && partition) moment->partition = static_cast<std::size_t>(*partition);
  return moment;
}

Position Find(Track& track, const Moment& moment, std::stop_token stop) {
  switch (moment.kind) {
    case Moment::Kind::kEarliest: return track.First();
    case Moment::Kind::kTime: return track.At(moment.time);
    case Moment::Kind::kOffset: return FindOffset(track, moment, std::move(stop));
    case Moment::Kind::kLatest: break;
  }
  Position position = track.End();
  const Position first = track.First();
  for (std::size_t i = 0; i < position.size(); ++i) position[i] = std::max(first[i], position[i] - 1);
  return position;
}

std::optional<Position> FindEnd(Track& track, const Moment& moment, std::stop_token stop) {
  switch (moment.kind) {
    case Moment::Kind::kEarliest: return track.First();
    case Moment::Kind::kLatest: return track.End();
    case Moment::Kind::kOffset: return FindOffset(track, moment, std::move(stop));
    case Moment::Kind::kTime: break;
  }
  if (moment.time > Now()) return std::nullopt;
  return track.At(moment.time);
}

bool IsEmptySpan(const Moment& from, const Moment& until) {
  if (until.kind == Moment::Kind::kEarliest) return true;
  if (from.kind != until.kind) return false;
  if (from.kind == Moment::Kind::kOffset) return from.partition == until.partition && from.offset >= until.offset;
  return from.kind == Moment::Kind::kTime && from.time >= until.time;
}

std::optional<std::string> StillToCome(Track& track, const Moment& moment) {
  const std::vector<Extent> extents = track.Extents();
  if (moment.kind == Moment::Kind::kOffset) {
    // The one right behind the newest is simply the next.
    const bool ahead = moment.partition < extents.size() && moment.offset > extents[moment.partition].end;
    return ahead ? std::optional(std::to_string(moment.offset)) : std::nullopt;
  }
  if (moment.kind != Moment::Kind::kTime) return std::nullopt;
  for (const Extent& extent : extents) {
    if (extent.last_time && *extent.last_time >= moment.time) return std::nullopt;
  }
  return TimeText(moment.time);
}

std::optional<std::string> OlderThanRetained(Track& track, const Moment& moment) {
  const std::vector<Extent> extents = track.Extents();
  if (moment.kind == Moment::Kind::kOffset) {
    const bool older = moment.partition < extents.size() && moment.offset < extents[moment.partition].first;
    return older ? std::optional(std::to_string(moment.offset)) : std::nullopt;
  }
  if (moment.kind != Moment::Kind::kTime) return std::nullopt;
  bool any = false;
  for (const Extent& extent : extents) {
    if (!extent.first_time) continue;
    if (*extent.first_time <= moment.time) return std::nullopt;
    any = true;
  }
  return any ? std::optional(TimeText(moment.time)) : std::nullopt;
}

}  // namespace framespool::mjpeg
