#include "config/variables.h"

#include <algorithm>

namespace framespool::config {

namespace detail {

std::vector<PlacedVariable> PlacedVariablesIn(std::string_view value) {
  std::vector<PlacedVariable> placed;
  for (std::size_t begin = 0; (begin = value.find("${", begin)) != std::string_view::npos;) {
    const auto end = value.find('}', begin);
    if (end == std::string_view::npos) return placed;
    const std::string_view inner = value.substr(begin + 2, end - begin - 2);
    const auto first = inner.find(':');
    if (first == std::string_view::npos || inner.substr(0, first) == kOfRecords) {
      // ${name} means something to a pattern's replacement, and nothing here. What begins before its end ends there
      // too.
      begin = end + 1;
      continue;
    }
    Variable variable{.provider = std::string(inner.substr(0, first)), .path = {}, .key = {}};
    const auto second = inner.find(':', first + 1);
    if (second != std::string_view::npos) variable.path = inner.substr(first + 1, second - first - 1);
    variable.key = inner.substr((second == std::string_view::npos ? first : second) + 1);
    placed.push_back({std::move(variable), begin, end + 1});
    begin = end + 1;
  }
  return placed;
}

}  // namespace detail

std::string ToText(const Variable& variable) {
  return "${" + variable.provider + ":" + (variable.path.empty() ? "" : variable.path + ":") + variable.key + "}";
}

std::vector<Variable> VariablesIn(std::string_view value) {
  std::vector<Variable> variables;
  for (auto& placed : detail::PlacedVariablesIn(value)) variables.push_back(std::move(placed.variable));
  return variables;
}

bool HasVariables(const RawConfig& config) {
  return std::any_of(config.begin(), config.end(), [](const auto& each) { return !VariablesIn(each.second).empty(); });
}

}  // namespace framespool::config
