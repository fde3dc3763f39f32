#include "health_report.h"

#include <algorithm>
#include <chrono>

#include <base/log.h>

namespace framespool::herder {

namespace {

std::string Names(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text + (names.size() > kMost ? " and " + std::to_string(names.size() - kMost) + " more" : "");
}

void AddWaiting(const runtime::ConnectorStatus& status, std::vector<base::StandingProblem>& problems) {
  const auto add = [&](ProblemKind kind, const std::string& message, Timestamp since) {
    problems.push_back({.subject = "connector " + status.name, .kind = kind, .message = message, .since = since});
  };
  if (status.waiting) {
    add("connector-waiting", "how its work is split cannot be told now: " + status.waiting->reason,
        status.waiting->since);
  }
  for (const runtime::TaskStatus& task : status.tasks) {
    if (const auto waiting = runtime::WaitingOf(task.metrics)) {
      add("task-waiting", "task " + std::to_string(task.id) + " waits and tries again: " + waiting->reason,
          waiting->since);
    }
    if (const auto stalled = runtime::StallOf(task.metrics)) add("task-stalled", task.trace, stalled->since);
  }
}

}  // namespace

void HealthReport::Note(base::StandingProblem problem) {
  log::Error("herder", problem.message);
  problem.since = Now();
  std::lock_guard lock(mutex_);
  found_.push_back(std::move(problem));
}

Health HealthReport::Get(Health otherwise, const std::vector<runtime::ConnectorView>& connectors) const {
  Health health = std::move(otherwise);
  std::string blocking;
  if (auto trouble = store_.Trouble()) {
    blocking = trouble->message;
    health.problems.push_back(
        {.subject = "database", .kind = "database", .message = std::move(trouble->message), .since = trouble->since});
  }
  const broker::Health broker = broker_.GetHealth();
  for (const base::StandingProblem& problem : broker.problems) {
    if (problem.blocks_storing && blocking.empty()) blocking = problem.message;
    health.problems.push_back(problem);
  }
  {
    std::lock_guard lock(mutex_);
    health.problems.insert(health.problems.end(), found_.begin(), found_.end());
  }
  for (const std::string& refusal : plugins_.refusals()) {
    health.problems.push_back(
        {.subject = "plugins", .kind = "plugin-refused", .message = refusal, .since = since_start_});
  }
  for (const runtime::ConnectorView& connector : connectors) AddWaiting(*connector.status, health.problems);
  if (health.status == Health::Status::kUnhealthy) return health;
  if (!blocking.empty()) {
    health.status = Health::Status::kCannotStore;
    health.message = std::move(blocking);
  } else if (health.status == Health::Status::kHealthy && !broker.reachable) {
    // The worker serves and waits: that is no reason to restart it.
    health.message = broker.message;
  }
  return health;
}

std::vector<base::StandingProblem> CompareStoreWithTopics(const std::string& data_dir, bool store_is_new,
                                                          const std::vector<std::string>& full,
                                                          const std::vector<std::string>& missing) {
  std::vector<base::StandingProblem> problems;
  const std::string database = data_dir + "/framespool.db";
  const std::string folder = data_dir + "/topics";
  if (store_is_new && !full.empty()) {
    problems.push_back(
        {.subject = "database",
         .kind = "database-new",
         .message = "the database " + database + " was missing or empty and is new, but " + folder + " holds " +
                    std::to_string(full.size()) + (full.size() == 1 ? " topic" : " topics") + " with records (" +
                    Names(full) +
                    "): connectors, positions of viewers and the history are gone. Stop the worker and put " +
                    "framespool.db back from a backup; or create the connectors again, sources then go on where the " +
                    "topics end"});
  }
  if (!missing.empty()) {
    problems.push_back(
        {.subject = missing.size() == 1 ? "topic " + missing.front() : "topics",
         .kind = "topics-missing",
         .message = "the database " + database + " has stored offsets for " + Names(missing) + ", but " + folder +
                    " holds no such " + (missing.size() == 1 ? "topic" : "topics") +
                    ": the records are gone. Stop the worker and put the folder back; or go on with empty topics: " +
                    "sources go on at their stored offsets, and DELETE /connectors/NAME/offsets makes a stopped one " +
                    "begin anew"});
  }
  return problems;
}

}  // namespace framespool::herder
