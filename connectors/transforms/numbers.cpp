#include "numbers.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace framespool::transforms {

namespace {

template <class T>
std::optional<Datum> Whole(std::string_view text) {
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Datum(number);
}

template <class T>
std::optional<Datum> Floating(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "NaN") return Datum(std::numeric_limits<T>::quiet_NaN());
  T number = 0;
  if (text == "Infinity") {
    number = std::numeric_limits<T>::infinity();
  } else {
    if (text.size() > 1 && std::string_view("fFdD").find(text.back()) != std::string_view::npos) text.remove_suffix(1);
    // from_chars knows names of its own.
    if (text.empty() || !((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
      // Java rounds to infinity or to nothing.
      number = std::strtod(std::string(text).c_str(), nullptr) > 1 ? std::numeric_limits<T>::infinity() : T(0);
    } else if (error != std::errc()) {
      return std::nullopt;
    }
  }
  return Datum(negative ? -number : number);
}

template <class Wide>
Wide Saturated(double value) {
  if (std::isnan(value)) return 0;
  if (value >= static_cast<double>(std::numeric_limits<Wide>::max())) return std::numeric_limits<Wide>::max();
  if (value <= static_cast<double>(std::numeric_limits<Wide>::min())) return std::numeric_limits<Wide>::min();
  return static_cast<Wide>(value);
}

template <class From>
std::optional<Datum> To(DataType type, From value) {
  constexpr bool floating = std::is_floating_point_v<From>;
  const auto narrow = [&] {
    if constexpr (floating) {
      return Saturated<std::int32_t>(value);
    } else {
      return static_cast<std::int32_t>(value);
    }
  };
  switch (type) {
    case DataType::kInt8: return Datum(static_cast<std::int8_t>(narrow()));
    case DataType::kInt16: return Datum(static_cast<std::int16_t>(narrow()));
    case DataType::kInt32: return Datum(narrow());
    case DataType::kInt64:
      if constexpr (floating) {
        return Datum(Saturated<std::int64_t>(value));
      } else {
        return Datum(static_cast<std::int64_t>(value));
      }
    case DataType::kFloat32: return Datum(static_cast<float>(value));
    case DataType::kFloat64: return Datum(static_cast<double>(value));
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<Datum> NumberOf(DataType type, std::string_view text) {
  switch (type) {
    case DataType::kInt8: return Whole<std::int8_t>(text);
    case DataType::kInt16: return Whole<std::int16_t>(text);
    case DataType::kInt32: return Whole<std::int32_t>(text);
    case DataType::kInt64: return Whole<std::int64_t>(text);
    case DataType::kFloat32: return Floating<float>(text);
    case DataType::kFloat64: return Floating<double>(text);
    default: return std::nullopt;
  }
}

std::optional<Datum> Narrowed(DataType type, const Datum& value) {
  return std::visit(
      [&]<class T>(const T& held) -> std::optional<Datum> {
        if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
          return To(type, held);
        } else {
          return std::nullopt;
        }
      },
      value.is);
}

}  // namespace framespool::transforms
