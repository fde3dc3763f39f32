#include "site/stream_query.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <limits>

namespace framespool::mjpeg {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLongestGroup = 100;

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
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  if (!text.empty() || !date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(hour) + minutes(minute - offset_minutes) + seconds(second) +
         milliseconds(fraction);
}

bool IsGroupName(const std::string& name) {
  return !name.empty() && name.size() <= kLongestGroup && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

std::optional<Moment> ParseMoment(const std::string& text, Timestamp now) {
  if (text == "earliest") return Moment{Moment::Kind::kEarliest, 0, {}};
  if (text == "latest") return Moment{Moment::Kind::kLatest, 0, {}};
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error == std::errc{} && end == text.data() + text.size() && offset >= 0) {
    return Moment{Moment::Kind::kOffset, offset, {}};
  }
  if (const auto time = ParseTime(text, now)) return Moment{Moment::Kind::kTime, 0, *time};
  return std::nullopt;
}

std::string Wrong(const std::string& key, const std::string& wanted, const std::string& found) {
  return key + " must be " + wanted + ", but is \"" + found + "\"";
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

std::variant<StreamQuery, std::string> ParseStreamQuery(const Request& request, const StreamQuery& defaults,
                                                        Timestamp now) {
  StreamQuery query = defaults;
  if (const auto framing = request.Query("framing")) {
    if (*framing != "boundary" && *framing != "length") return Wrong("framing", "boundary or length", *framing);
    query.framing = *framing == "length" ? Framing::kLength : Framing::kBoundary;
  }
  if (const auto pace = request.Query("pace")) {
    if (*pace != "recorded" && *pace != "unpaced") return Wrong("pace", "recorded or unpaced", *pace);
    query.unpaced = *pace == "unpaced";
  }
  if (const auto group = request.Query("group")) {
    if (!IsGroupName(*group)) return Wrong("group", "1 to 100 letters, digits, dots, dashes or underscores", *group);
    query.group = *group;
  }
  if (const auto from = request.Query("from")) {
    query.from = ParseMoment(*from, now);
    if (!query.from) {
      return Wrong("from",
                   "earliest, latest, an offset, a time ago such as -30s (ms, s, m, h, d), or an RFC 3339 time such as "
                   "2024-05-01T12:00:00Z",
                   *from);
    }
    if (!query.group.empty())
      return std::string("from and group exclude each other: from starts a playhead that is not stored");
  }
  return query;
}

Position Find(Track& track, const Moment& moment) {
  switch (moment.kind) {
    case Moment::Kind::kEarliest: return track.First();
    case Moment::Kind::kTime: return track.At(moment.time);
    case Moment::Kind::kOffset: return Position(track.partitions(), moment.offset);
    case Moment::Kind::kLatest: break;
  }
  Position position = track.End();
  const Position first = track.First();
  for (std::size_t i = 0; i < position.size(); ++i) position[i] = std::max(first[i], position[i] - 1);
  return position;
}

}  // namespace framespool::mjpeg
