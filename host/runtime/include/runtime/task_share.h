#pragma once

#include <vector>

#include <framespool/config_def.h>

namespace framespool::runtime {

/// What one task has of the work of its connector: what differs in its config from the connector's.
struct TaskShare {
  RawConfig config;
  RawConfig shown;  // the same for people: what config providers have said is hidden
};

inline bool IsSame(const TaskShare& a, const TaskShare& b) { return a.config == b.config; }

/// `wanted` in an order in which as many tasks as possible have the share that they have in `running`, by their
/// numbers.
std::vector<TaskShare> ArrangedLike(const std::vector<TaskShare>& running, std::vector<TaskShare> wanted);

}  // namespace framespool::runtime
