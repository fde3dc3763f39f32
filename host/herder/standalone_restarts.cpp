// restart.policy: tasks that have FAILED begin anew by themselves.
#include <random>

#include <base/log.h>
#include <config/common_config.h>

#include "standalone_herder.h"

namespace framespool::herder {

namespace {

double Jitter() {
  static std::minstd_rand random(std::random_device{}());  // of the herder's thread
  return std::uniform_real_distribution<>(-1, 1)(random);
}

}  // namespace

void StandaloneHerder::NoteFailure(const std::string& name, int task) {
  queue_.Post([this, name, task] { PlanRestart(name, static_cast<std::size_t>(task)); });
}

void StandaloneHerder::PlanRestart(const std::string& name, std::size_t task) {
  HerdedConnector* connector = herd_.Find(name);
  // What has failed may be gone by now, or another may run in its place.
  if (stopping_ || connector == nullptr || task >= connector->tasks.size() || !connector->tasks[task]) return;
  const auto status = connector->tasks[task]->Status();
  const config::CommonConfig config = config::CommonConfigOf(ResolvedConfigOf(*connector));
  if (status.state != runtime::State::kFailed || config.restart_policy == config::RestartPolicy::kNever) return;
  if (const auto found = connector->restarts.find(task); found != connector->restarts.end() && found->second.planned())
    return;
  const log::OnBehalf owner(name, static_cast<int>(task));
  const std::string who = name + ": task " + std::to_string(task);
  if (status.is_lasting) {
    log::Warn("herder", who + " stays FAILED: no restart mends what its trace says (restart.policy = failed)");
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  std::optional<std::chrono::milliseconds> delay;
  Timestamp when;
  int made = 0;
  herd_.Change([&] {
    TaskRestarts& restarts = connector->restarts[task];
    delay = restarts.DelayAfter(config, now, Jitter());
    made = restarts.made();
    when = Now() + delay.value_or(std::chrono::milliseconds(0));
    if (delay) restarts.Plan(when);
  });
  if (!delay) {
    log::Warn("herder",
              who + " stays FAILED: it has been restarted " + std::to_string(made) + " times (restart.attempts.max)");
    return;
  }
  log::Info("herder", who + " is restarted in " + std::to_string(delay->count()) + " ms (restart.policy = failed, " +
                          std::to_string(made) + " restarts so far)");
  queue_.PostAt(now + *delay, [this, name, task, when] { RestartPlanned(name, task, when); });
}

void StandaloneHerder::RestartPlanned(const std::string& name, std::size_t task, Timestamp when) {
  HerdedConnector* connector = herd_.Find(name);
  if (stopping_ || connector == nullptr) return;
  const auto found = connector->restarts.find(task);
  if (found == connector->restarts.end() || found->second.planned() != when) return;
  ReplaceTask(*connector, task, "restart.policy = failed");
}

}  // namespace framespool::herder
