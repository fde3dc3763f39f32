#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <cluster/assigner.h>
#include <cluster/ledger.h>
#include <cluster/placement.h>
#include <cluster/session.h>

/// What workers tell of themselves, in the status topic. Nobody's life is judged by it, only by the group.
namespace framespool::cluster {

class View;

struct TellingWorker {
  std::string session;       // of which it tells; of a former one, what it says of tasks is old
  std::string version{};     // of its program
  std::int64_t started = 0;  // milliseconds since 1970, by its clock
  Labels labels;
  std::map<std::string, std::set<std::string>> plugins;  // versions by class
  bool leaving = false;                                  // it takes no more tasks, and gives back those that it has
  Moment returns_within{};  // with `leaving`: its tasks wait so long for it (worker.return.grace.ms); 0: they do not
  /// A session of this worker that is over, whatever the group says: its process has ended, or has let go of it and
  /// acts by it no more. Empty: it knows of none.
  std::string buried{};
  /// What ran on the thread that crashed the process before this one, in which epoch.
  std::optional<std::pair<TaskKey, std::uint64_t>> crashed{};
  /// A crash of that process on a thread that was no task's: one of these connectors has done it.
  struct Suspicion {
    std::vector<std::string> connectors;
    std::int64_t at = 0;  // milliseconds since 1970, by its clock: tells one crash of a worker from another
    friend bool operator==(const Suspicion&, const Suspicion&) = default;
  };
  std::optional<Suspicion> suspicion{};
  friend bool operator==(const TellingWorker&, const TellingWorker&) = default;
};

/// All that has been told; the newest counts.
struct Told {
  std::map<std::string, TellingWorker> workers;  // by id
  std::map<std::string, TaskReports> reports;    // by connector
};

/// What a worker tells, as far as placing goes.
PlacingWorker AsPlaced(const std::string& worker, const TellingWorker& tells);

/// Who watches for what splits the work of a connector anew: the worker that leads, where it has the class; else the
/// first of those that may run its tasks. Empty: none can, or it is not known whether the leader has it. Two may be of
/// different minds for a moment, and both watch then; what they tell the leader is the same.
std::string WatcherOf(const Needs& needs, const View& view, const Told& told);

}  // namespace framespool::cluster
