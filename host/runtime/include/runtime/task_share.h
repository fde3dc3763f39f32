#pragma once

#include <cstddef>
#include <vector>

#include <framespool/config_def.h>

namespace framespool::runtime {

/// What one task has of the work of its connector: what differs in its config from the connector's.
struct TaskShare {
  RawConfig config;
  RawConfig shown;  // the same for people: what config providers have said is hidden
};

inline bool IsSame(const TaskShare& a, const TaskShare& b) { return a.config == b.config; }

std::vector<RawConfig> ConfigsOf(const std::vector<TaskShare>& shares);

/// For each task number that of one of the `wanted` configs, in such an order that as many as possible of the tasks
/// that run with the configs `running` go on with the same.
std::vector<std::size_t> ArrangedLike(const std::vector<RawConfig>& running, const std::vector<RawConfig>& wanted);

}  // namespace framespool::runtime
