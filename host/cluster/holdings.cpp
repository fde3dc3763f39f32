#include "cluster/holdings.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace framespool::cluster {

using State = LedgerTask::State;

void Holdings::End(const TaskKey& key, HeldTask& held, Orders& orders) {
  held.ours = false;
  if (std::exchange(held.ending, true)) return;
  orders.end.push_back(key);
}

void Holdings::FollowTask(const TaskKey& key, const LedgerTask& task, const std::string& session, Orders& orders) {
  const bool runs_here = !leaving_ && IsOurs(task, session) && task.state == State::kRun;
  const auto found = held_.find(key);
  if (found == held_.end()) {
    const auto refused = refused_.find(key);
    if (!runs_here || (refused != refused_.end() && refused->second.epoch == task.epoch)) return;
    held_[key] = {.epoch = task.epoch, .revision = task.revision, .share = task.share, .ending = false, .ours = true};
    orders.start.push_back(key);
    return;
  }
  HeldTask& held = found->second;
  if (held.ending) return;
  if (runs_here && task.epoch == held.epoch) {
    held.ours = true;
  } else if (runs_here && task.after == held.epoch && task.revision == held.revision) {
    // Nobody else had it between: this worker was in doubt, and is back.
    held.epoch = task.epoch;
    held.ours = true;
    orders.go_on.push_back(key);
  } else if (task.epoch == held.epoch && task.state != State::kRelease && task.state != State::kFailed) {
    held.ours = false;
  } else {
    End(key, held, orders);
  }
}

void Holdings::FollowConnector(const std::string& name, const View& view, const std::string& session, Orders& orders) {
  const TaskKey first{name, std::numeric_limits<int>::min()};
  for (auto at = held_.lower_bound(first); at != held_.end() && at->first.connector == name; ++at) {
    if (view.Task(at->first) == nullptr) End(at->first, at->second, orders);
  }
  if (const auto ledger = view.ledgers().find(name); ledger != view.ledgers().end()) {
    for (std::size_t i = 0; i < ledger->second->tasks.size(); ++i)
      FollowTask({name, static_cast<int>(i)}, ledger->second->tasks[i], session, orders);
  }
  for (auto at = refused_.lower_bound(first); at != refused_.end() && at->first.connector == name;) {
    const LedgerTask* task = view.Task(at->first);
    at = task == nullptr || task->epoch != at->second.epoch || !task->owned() ? refused_.erase(at) : std::next(at);
  }
}

Holdings::Orders Holdings::Follow(const View& view, const Session& session) {
  std::set<std::string> all;
  for (const auto& [name, ledger] : view.ledgers()) all.insert(all.end(), name);
  for (const auto& [key, held] : held_) all.insert(key.connector);
  for (const auto& [key, report] : refused_) all.insert(key.connector);
  return Follow(view, session, all);
}

Holdings::Orders Holdings::Follow(const View& view, const Session& session, const std::set<std::string>& connectors) {
  Orders orders;
  for (const std::string& name : connectors) FollowConnector(name, view, session.id(), orders);
  return orders;
}

bool Holdings::MayLeaveGroup(const View& view, const Session& session) const {
  const auto& members = view.members();
  if (std::find(members.begin(), members.end(), Member{worker_, session.id()}) == members.end()) return false;
  for (const auto& [name, ledger] : view.ledgers()) {
    for (const LedgerTask& task : ledger->tasks) {
      if (task.owned() && task.worker == worker_ && task.session != session.id()) return false;
    }
  }
  return true;
}

Holdings::Orders Holdings::Leave() {
  leaving_ = true;
  Orders orders;
  for (auto& [key, held] : held_) End(key, held, orders);
  return orders;
}

void Holdings::Refused(const TaskKey& key, const std::string& reason) {
  const auto found = held_.find(key);
  if (found == held_.end()) return;
  refused_[key] = {.kind = TaskReport::Kind::kRefused, .epoch = found->second.epoch, .reason = reason};
  held_.erase(found);
}

bool Holdings::MayAct(const TaskKey& key, const Session& session, Moment now) const {
  const auto found = held_.find(key);
  return found != held_.end() && found->second.ours && !found->second.ending && session.Holds(now);
}

std::vector<std::pair<TaskKey, TaskReport>> Holdings::ToTell(const View& view, const Session& session,
                                                             const std::map<std::string, TaskReports>& told) const {
  std::vector<std::pair<TaskKey, TaskReport>> reports;
  const auto tell = [&](const TaskKey& key, const TaskReport& report) {
    const auto of_connector = told.find(key.connector);
    if (of_connector != told.end()) {
      const auto known = of_connector->second.find(key.task);
      if (known != of_connector->second.end() && known->second == report) return;
    }
    reports.emplace_back(key, report);
  };
  for (const auto& [key, report] : refused_) tell(key, report);
  for (const auto& [name, ledger] : view.ledgers()) {
    for (std::size_t i = 0; i < ledger->tasks.size(); ++i) {
      const LedgerTask& task = ledger->tasks[i];
      const TaskKey key{name, static_cast<int>(i)};
      if (!IsOurs(task, session.id()) || held_.contains(key) || refused_.contains(key)) continue;
      if (task.state == State::kRelease || leaving_)
        tell(key, {.kind = TaskReport::Kind::kReleased, .epoch = task.epoch, .reason = {}});
    }
  }
  return reports;
}

}  // namespace framespool::cluster
