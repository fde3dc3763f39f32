#include "cluster/assigner.h"

#include <algorithm>
#include <utility>

namespace framespool::cluster {

namespace {

constexpr double kWorthAMove = 2;

/// The workers that take tasks, and what each has to do.
class Loads {
 public:
  Loads(const std::vector<PlacingTask>& tasks, const std::vector<PlacingWorker>& workers) {
    std::map<std::string_view, std::size_t> places;
    for (const PlacingWorker& worker : workers) {
      places[worker.id] = workers_.size();
      workers_.push_back({&worker, 0});
    }
    for (const PlacingTask& task : tasks) {
      const auto found = task.runs ? places.find(task.worker) : places.end();
      if (found != places.end()) workers_[found->second].load += task.needs->weight;
    }
  }

  struct Loaded {
    const PlacingWorker* worker;
    double load;
  };

  /// The best worker for a task that does not run; null when there is none.
  Loaded* BestFor(const PlacingTask& task) {
    Loaded* least = nullptr;
    Loaded* last = nullptr;
    for (Loaded& each : workers_) {
      const bool is_wish = each.worker->id == task.to;
      const bool is_last = task.to.empty() && each.worker->id == task.worker;
      if (!is_wish && !is_last && least != nullptr && each.load >= least->load) continue;
      if (!each.worker->takes || !Objection(task, *each.worker).empty()) continue;
      if (is_wish) return &each;
      if (is_last) last = &each;
      if (least == nullptr || each.load < least->load) least = &each;
    }
    return last != nullptr && last->load < least->load + kWorthAMove ? last : least;
  }

  std::optional<std::pair<TaskKey, std::string>> Move(const std::vector<PlacingTask>& tasks) {
    const auto [least, most] = std::minmax_element(workers_.begin(), workers_.end(), Less);
    if (workers_.empty() || most->load - least->load < kWorthAMove) return std::nullopt;
    std::map<std::string_view, std::vector<const PlacingTask*>> by_worker;
    for (const PlacingTask& task : tasks) {
      if (task.runs && task.only.empty()) by_worker[task.worker].push_back(&task);
    }
    std::vector<Loaded> sorted = workers_;
    std::stable_sort(sorted.begin(), sorted.end(), Less);
    for (auto from = sorted.rbegin(); from != sorted.rend(); ++from) {
      for (const PlacingTask* task : by_worker[from->worker->id]) {
        const double worth = std::max(kWorthAMove, 2 * task->needs->weight);
        for (const Loaded& to : sorted) {
          if (from->load - to.load < worth) break;
          if (to.worker->takes && Objection(*task, *to.worker).empty()) return std::pair(task->key, to.worker->id);
        }
      }
    }
    return std::nullopt;
  }

 private:
  static bool Less(const Loaded& a, const Loaded& b) { return a.load < b.load; }

  std::vector<Loaded> workers_;
};

std::string WhyNowhere(const PlacingTask& task, const std::vector<PlacingWorker>& workers) {
  if (workers.empty()) return "there is no worker";
  std::map<std::string, std::vector<std::string>> who;  // by why
  for (const PlacingWorker& worker : workers) {
    std::string why = Objection(task, worker);
    who[why.empty() ? "is leaving" : std::move(why)].push_back(worker.id);
  }
  std::string text = "no worker may run it";
  for (const auto& [why, ids] : who) {
    text += (&why == &who.begin()->first ? ": " : "; ") + ids.front();
    if (ids.size() > 1) text += " and " + std::to_string(ids.size() - 1) + " more";
    text += " " + why;
  }
  return text;
}

}  // namespace

std::string Objection(const PlacingTask& task, const PlacingWorker& worker) {
  const Needs& needs = *task.needs;
  if (!task.only.empty() && task.only != worker.id) return "is not " + task.only + ", whose task it is";
  const auto found = worker.plugins.find(needs.connector_class);
  if (found == worker.plugins.end()) return "does not have " + needs.connector_class;
  if (!needs.version.empty() && !found->second.contains(needs.version))
    return "does not have version " + needs.version + " of " + needs.connector_class;
  if (!needs.placement.Allows(worker.labels)) return "is not where placement says";
  if (const auto refused = task.refused.find(worker.id); refused != task.refused.end())
    return "said: " + refused->second;
  return "";
}

Placing Assign(const std::vector<PlacingTask>& tasks, const std::vector<PlacingWorker>& workers, bool may_move) {
  Placing placing;
  Loads loads(tasks, workers);
  std::vector<const PlacingTask*> waiting;
  for (const PlacingTask& task : tasks) {
    if (!task.runs) waiting.push_back(&task);
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const auto* a, const auto* b) { return a->needs->weight > b->needs->weight; });
  for (const PlacingTask* task : waiting) {
    auto* best = loads.BestFor(*task);
    if (best == nullptr) {
      placing.not_placed[task->key] = WhyNowhere(*task, workers);
    } else {
      best->load += task->needs->weight;
      placing.placed[task->key] = best->worker->id;
    }
  }
  if (may_move && placing.placed.empty()) placing.move = loads.Move(tasks);
  return placing;
}

}  // namespace framespool::cluster
