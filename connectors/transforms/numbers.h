#pragma once

#include <optional>
#include <string_view>

#include <framespool/data.h>

namespace framespool::transforms {

/// `text` as a number of `type`, by the rules of Java's parseByte(), parseLong(), parseDouble() and their like; nothing
/// when it is none or out of range.
std::optional<Datum> NumberOf(DataType type, std::string_view text);

/// A number as one of another type, by Java's narrowing conversions: whole numbers keep their lowest bits, floating
/// ones go to the nearest end of int or long first. Nothing when `value` is no number.
std::optional<Datum> Narrowed(DataType type, const Datum& value);

}  // namespace framespool::transforms
