#include "problems.h"

namespace framespool::broker::embedded {

bool Problems::Put(const std::string& place, base::StandingProblem problem) {
  problem.since = Now();
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = problems_.try_emplace({place, problem.kind.text()}, problem);
  if (is_new) return true;
  problem.since = known->second.since;
  known->second = std::move(problem);
  return false;
}

void Problems::Clear(const std::string& place, ProblemKind kind) {
  const std::lock_guard lock(mutex_);
  problems_.erase({place, kind.text()});
}

void Problems::ClearAll(const std::string& place) {
  const std::lock_guard lock(mutex_);
  std::erase_if(problems_, [&](const auto& known) { return known.first.first == place; });
}

std::vector<base::StandingProblem> Problems::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<base::StandingProblem> all;
  for (const auto& [key, problem] : problems_) all.push_back(problem);
  return all;
}

}  // namespace framespool::broker::embedded
