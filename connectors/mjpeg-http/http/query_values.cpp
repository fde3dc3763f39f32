#include "http/query_values.h"

#include <algorithm>
#include <charconv>

#include <framespool/http/text.h>

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kLongestName = 100;
constexpr int kLeastWidth = 16, kMostWidth = 4096;

template <class Number>
std::optional<Number> Parse(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

}  // namespace

std::optional<bool> QueryValues::Either(std::string_view key, std::string_view yes, std::string_view no) {
  const auto text = Text(key);
  if (!text) return std::nullopt;
  if (*text == yes || *text == no) return *text == yes;
  Wrong(key, std::string(no) + " or " + std::string(yes), *text);
  return std::nullopt;
}

std::optional<std::int64_t> QueryValues::Count(std::string_view key) {
  const auto text = Text(key);
  if (!text) return std::nullopt;
  const auto value = Parse<std::int64_t>(*text);
  if (value && *value >= 0) return value;
  Wrong(key, "a whole number from 0 on", *text);
  return std::nullopt;
}

std::vector<int> QueryValues::Widths(std::size_t count) {
  const std::string text = Text("width").value_or("");
  if (text.find(',') == std::string::npos) return std::vector<int>(count, Width());
  std::vector<int> widths;
  const std::vector<std::string_view> parts = http::SplitAll(text, ',');
  for (const std::string_view part : parts) {
    const auto width = Parse<int>(part);
    if (width && (*width == 0 || (*width >= kLeastWidth && *width <= kMostWidth))) widths.push_back(*width);
  }
  if (widths.size() != count || parts.size() != count) {
    Wrong("width", "one number of pixels from 16 to 4096, or one for each stream (0: as it is) with commas between",
          text);
    widths.assign(count, 0);
  }
  return widths;
}

int QueryValues::Width() {
  const auto text = Text("width");
  if (!text) return 0;
  const auto value = Parse<int>(*text);
  if (value && *value >= kLeastWidth && *value <= kMostWidth) return *value;
  Wrong("width", "a whole number of pixels from 16 to 4096 (leave it out for frames as they are)", *text);
  return 0;
}

double QueryValues::Fps() {
  return Number("fps", 0.1, 60, 0, "a number from 0.1 to 60 (leave it out for every frame)");
}

double QueryValues::Speed() {
  return Number("speed", 0.25, 16, 1, "a number from 0.25 to 16 (pace=unpaced is as fast as you read)");
}

double QueryValues::SpeedOrStill() {
  if (Text("speed") == "0") return 0;
  return Number("speed", 0.25, 16, 1, "a number from 0.25 to 16, or 0 for a clock that stands");
}

double QueryValues::TimeLapse() { return Number("speed", 1, 100'000, 1, "a number from 1 to 100000"); }

std::string QueryValues::Name(std::string_view key) {
  const auto text = Text(key);
  if (!text || IsName(*text)) return text.value_or("");
  Wrong(key, "1 to 100 letters, digits, dots, dashes or underscores", *text);
  return {};
}

void QueryValues::Wrong(std::string_view key, std::string_view wanted, const std::string& found) {
  Complain(std::string(key) + " must be " + std::string(wanted) + ", but is \"" + found + "\"");
}

double QueryValues::Number(std::string_view key, double least, double most, double otherwise, std::string_view wanted) {
  const auto text = Text(key);
  if (!text) return otherwise;
  const auto value = Parse<double>(*text);
  if (value && *value >= least && *value <= most) return *value;
  Wrong(key, wanted, *text);
  return otherwise;
}

}  // namespace framespool::mjpeg
