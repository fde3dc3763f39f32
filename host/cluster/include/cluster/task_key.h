#pragma once

#include <compare>
#include <string>

namespace framespool::cluster {

/// Which task of which connector.
struct TaskKey {
  std::string connector;
  int task = 0;
  friend auto operator<=>(const TaskKey&, const TaskKey&) = default;
};

}  // namespace framespool::cluster
