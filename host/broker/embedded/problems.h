#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <broker/broker.h>

namespace framespool::broker::embedded {

/// What is wrong with the log just now, for GetHealth(). Owned by the broker; any thread.
class Problems {
 public:
  /// One for each `place` (a partition's name, a path) and kind: a new message replaces the old one, whose `since` is
  /// kept. True when there was none.
  bool Put(const std::string& place, base::StandingProblem problem);
  void Clear(const std::string& place, ProblemKind kind);
  void ClearAll(const std::string& place);
  std::vector<base::StandingProblem> All() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string_view>, base::StandingProblem> problems_;
};

}  // namespace framespool::broker::embedded
