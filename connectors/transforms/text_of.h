#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <framespool/data.h>

namespace framespool::transforms {

/// Values as Kafka Connect writes them where they become text (its Values.convertToString): numbers as Java's
/// toString(), bytes as base64, arrays, maps and structs as [..] and {..}.
std::string TextOf(const Datum& value, const Schema* schema = nullptr);

/// Java's Double.toString(), Float.toString(): "1.0", "1.0E10".
std::string JavaText(double value);
std::string JavaText(float value);

std::string Base64(std::string_view bytes);

inline constexpr std::int64_t kDayMs = 86400000;
/// Whole days since 1970, also before it.
constexpr std::int64_t DaysOf(std::int64_t milliseconds) {
  return milliseconds / kDayMs - (milliseconds % kDayMs < 0 ? 1 : 0);
}

/// What of it lies behind the beginning of its day. The first of all times has a day that begins before it.
constexpr std::int64_t InDay(std::int64_t milliseconds) {
  return milliseconds % kDayMs + (milliseconds % kDayMs < 0 ? kDayMs : 0);
}

/// A time as Kafka Connect writes it: a time of the day, a day, or both, as the milliseconds have it.
std::string TimeText(std::int64_t milliseconds);

/// The milliseconds that a logical Date, Time or Timestamp stands for; nothing for other data.
std::optional<std::int64_t> MillisecondsOf(const Datum& value, const Schema* schema);

}  // namespace framespool::transforms
