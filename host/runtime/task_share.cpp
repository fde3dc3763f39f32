#include "runtime/task_share.h"

#include <algorithm>
#include <map>
#include <optional>

namespace framespool::runtime {

std::vector<RawConfig> ConfigsOf(const std::vector<TaskShare>& shares) {
  std::vector<RawConfig> configs;
  for (const TaskShare& share : shares) configs.push_back(share.config);
  return configs;
}

std::vector<std::size_t> ArrangedLike(const std::vector<RawConfig>& running, const std::vector<RawConfig>& wanted) {
  std::multimap<RawConfig, std::size_t> numbers;
  for (std::size_t i = 0; i < std::min(running.size(), wanted.size()); ++i) numbers.emplace(running[i], i);
  std::vector<std::optional<std::size_t>> places(wanted.size());
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto found = numbers.find(wanted[i]);
    if (found == numbers.end()) {
      others.push_back(i);
      continue;
    }
    places[found->second] = i;
    numbers.erase(found);
  }
  std::vector<std::size_t> arranged;
  auto other = others.begin();
  for (const std::optional<std::size_t>& place : places) arranged.push_back(place ? *place : *other++);
  return arranged;
}

}  // namespace framespool::runtime
