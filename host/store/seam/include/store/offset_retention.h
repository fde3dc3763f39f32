#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace framespool::store {

/// What is kept of positions that anybody may make: a sink's named groups (group "/" name, or with "?key="). A
/// connector's own position stays until the connector or its offsets are deleted.
struct OffsetRetention {
  std::chrono::milliseconds time = std::chrono::hours(24 * 7);  // after the last use
  std::int64_t most_groups = 10000;                             // of one sink; the longest unused make room
};

/// The sink whose named group this is, as connect-NAME; nothing for a connector's own.
inline std::optional<std::string> SinkOf(std::string_view group) {
  const auto end = std::min(group.find('/'), group.find("?key="));
  return end == std::string_view::npos ? std::nullopt : std::optional(std::string(group.substr(0, end)));
}

}  // namespace framespool::store
