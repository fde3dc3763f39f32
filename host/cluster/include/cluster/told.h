#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <cluster/ledger.h>
#include <cluster/placement.h>
#include <cluster/session.h>

/// What workers tell of themselves, in the status topic. Nobody's life is judged by it, only by the group.
namespace framespool::cluster {

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

}  // namespace framespool::cluster
