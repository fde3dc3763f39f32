#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <cluster/placement.h>
#include <cluster/task_key.h>

namespace framespool::cluster {

/// What the tasks of a connector ask of the worker that they run on.
struct Needs {
  std::string connector_class;
  std::string version;  // empty: any
  Placement placement;
  double weight = 1;     // against other tasks; above 0
  bool on_each = false;  // replicas=each: one task on each worker that may run it
};

/// A worker that lives, as far as placing goes.
struct PlacingWorker {
  std::string id;
  Labels labels;                                         // with "worker"
  std::map<std::string, std::set<std::string>> plugins;  // versions by class
  bool takes = true;                                     // false: it is leaving
};

/// A task, as far as placing goes.
struct PlacingTask {
  TaskKey key;
  const Needs* needs = nullptr;                  // never null
  std::string worker;                            // where it runs; or, unless `runs`, where it ran last, empty: nowhere
  bool runs = false;                             // counts as its worker's load, and is not to be placed
  std::string only;                              // the one worker that it may run on; empty: any
  std::string to;                                // the worker that it is on its way to; a wish
  std::map<std::string, std::string> refused{};  // workers that have said no, and why
};

struct Placing {
  /// Tasks that did not run, and their workers.
  std::map<TaskKey, std::string> placed;
  /// Tasks that did not run and cannot: why, for people.
  std::map<TaskKey, std::string> not_placed;
  /// One that runs and is better moved, and where to.
  std::optional<std::pair<TaskKey, std::string>> move;
};

/// Why a worker may not run a task; empty: it may. Says nothing of whether it takes any.
std::string Objection(const PlacingTask& task, const PlacingWorker& worker);

/// Where tasks are to run. A pure function of what it is given: heaviest first, each to the worker with the least load
/// of those that may run it, or to where it ran last if that has less than 2 more. What runs stays, but for one task at
/// most (`may_move`): where a worker has 2 more than another that may run one of its tasks, and the move makes that no
/// worse the other way round.
Placing Assign(const std::vector<PlacingTask>& tasks, const std::vector<PlacingWorker>& workers, bool may_move);

}  // namespace framespool::cluster
