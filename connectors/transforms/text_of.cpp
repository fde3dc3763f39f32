#include "text_of.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "operand.h"

namespace framespool::transforms {

namespace {

template <class T>
std::string JavaFloating(T value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view scientific(text, static_cast<std::size_t>(end - text));
  const auto e = scientific.find('e');
  std::string digits(1, scientific[0]);
  if (e > 2) digits.append(scientific.substr(2, e - 2));
  int exponent = 0;
  const bool negative = scientific[e + 1] == '-';
  std::from_chars(scientific.data() + e + 2, scientific.data() + scientific.size(), exponent);
  if (negative) exponent = -exponent;
  std::string result = value < 0 ? "-" : "";
  const int count = static_cast<int>(digits.size());
  if (exponent >= 7 || exponent < -3) {
    return result + digits[0] + "." + (count > 1 ? digits.substr(1) : "0") + "E" + std::to_string(exponent);
  }
  if (exponent < 0) return result + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  if (count <= exponent + 1) {
    return result + digits + std::string(static_cast<std::size_t>(exponent + 1 - count), '0') + ".0";
  }
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  return result + digits.substr(0, whole) + "." + digits.substr(whole);
}

std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string Embedded(const Datum& value, const Schema* schema) {
  if (const auto* text = std::get_if<std::string>(&value.is)) return Quoted(*text);
  if (const auto* bytes = std::get_if<Payload>(&value.is)) return Quoted(Base64(bytes->text()));
  return TextOf(value, schema);
}

struct Writer {
  const Schema* schema;

  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(float value) const { return JavaText(value); }
  std::string operator()(double value) const { return JavaText(value); }
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(const Payload& value) const { return Base64(value.text()); }
  std::string operator()(const Array& array) const {
    std::string text;
    for (const Datum& item : array) {
      text += (text.empty() ? "" : ",") + Embedded(item, schema != nullptr ? schema->values.get() : nullptr);
    }
    return "[" + text + "]";
  }
  std::string operator()(const Map& map) const {
    std::string text;
    for (const auto& [key, value] : map) {
      text += (text.empty() ? "" : ",") + Embedded(key, nullptr) + ":" +
              Embedded(value, schema != nullptr ? schema->values.get() : nullptr);
    }
    return "{" + text + "}";
  }
  std::string operator()(const Struct& record) const {
    std::string text;
    for (std::size_t i = 0; i < record.values.size(); ++i) {
      const Schema::Field& field = record.schema->fields.at(i);
      text += (text.empty() ? "" : ",") + Quoted(field.name) + ":" + Embedded(record.values[i], field.schema.get());
    }
    return "{" + text + "}";
  }
  template <class T>
  std::string operator()(T whole) const {
    return std::to_string(whole);
  }
};

}  // namespace

std::string JavaText(double value) { return JavaFloating(value); }
std::string JavaText(float value) { return JavaFloating(value); }

std::string Base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= have ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::optional<std::int64_t> MillisecondsOf(const Datum& value, const Schema* schema) {
  if (schema == nullptr) return std::nullopt;
  if (const auto* whole = std::get_if<std::int64_t>(&value.is); whole != nullptr && schema->name == kTimestampName)
    return *whole;
  if (const auto* whole = std::get_if<std::int32_t>(&value.is)) {
    if (schema->name == kDateName) return *whole * kDayMs;
    if (schema->name == kTimeName) return *whole;
  }
  return std::nullopt;
}

std::string TimeText(std::int64_t milliseconds) {
  const std::int64_t days = DaysOf(milliseconds);
  const std::int64_t in_day = InDay(milliseconds);
  char time[24];
  std::snprintf(time, sizeof time, "%02d:%02d:%02d.%03dZ", static_cast<int>(in_day / 3600000),
                static_cast<int>(in_day / 60000 % 60), static_cast<int>(in_day / 1000 % 60),
                static_cast<int>(in_day % 1000));
  if (milliseconds < kDayMs) return time;
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
  char day[32];
  std::snprintf(day, sizeof day, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return in_day == 0 ? day : std::string(day) + "T" + time;
}

std::string TextOf(const Datum& value, const Schema* schema) {
  if (const auto milliseconds = MillisecondsOf(value, schema)) return TimeText(*milliseconds);
  return std::visit(Writer{schema}, value.is);
}

}  // namespace framespool::transforms
