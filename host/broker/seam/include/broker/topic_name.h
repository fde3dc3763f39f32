#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace framespool::broker {

inline constexpr std::size_t kLongestTopicName = 249;

inline bool IsTopicCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// Kafka's rule, which every broker keeps: a topic may move from one to the other.
inline bool IsTopicName(std::string_view name) {
  return !name.empty() && name.size() <= kLongestTopicName && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), IsTopicCharacter);
}

/// What is wrong with `name` as the name of a topic, as a sentence; nothing when it can be one.
inline std::optional<std::string> TopicNameProblem(std::string_view name) {
  if (IsTopicName(name)) return std::nullopt;
  std::string problem =
      "a topic's name must be 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', and not \".\" or \"..\", but is \"";
  problem.append(name.substr(0, 300)).append("\"");
  const auto wrong = std::find_if_not(name.begin(), name.end(), IsTopicCharacter);
  if (wrong != name.end()) problem.append(", with '").append(1, *wrong).append("'");
  if (name.size() > kLongestTopicName) problem += " (" + std::to_string(name.size()) + " characters)";
  return problem;
}

}  // namespace framespool::broker
