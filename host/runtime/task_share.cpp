#include "runtime/task_share.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace framespool::runtime {

std::vector<TaskShare> ArrangedLike(const std::vector<TaskShare>& running, std::vector<TaskShare> wanted) {
  std::multimap<RawConfig, std::size_t> numbers;
  for (std::size_t i = 0; i < std::min(running.size(), wanted.size()); ++i) numbers.emplace(running[i].config, i);
  std::vector<std::optional<TaskShare>> places(wanted.size());
  std::vector<TaskShare> others;
  for (TaskShare& share : wanted) {
    const auto found = numbers.find(share.config);
    if (found == numbers.end()) {
      others.push_back(std::move(share));
      continue;
    }
    places[found->second] = std::move(share);
    numbers.erase(found);
  }
  std::vector<TaskShare> arranged;
  auto other = others.begin();
  for (std::optional<TaskShare>& place : places) arranged.push_back(place ? *std::move(place) : std::move(*other++));
  return arranged;
}

}  // namespace framespool::runtime
