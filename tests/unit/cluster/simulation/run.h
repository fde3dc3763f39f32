#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "events.h"
#include "kafka.h"
#include "process.h"

namespace framespool::cluster::simulation {

/// What a run had in it; the sum over runs is what a report says.
struct Counts {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::uint64_t faults = 0;
  std::uint64_t terms = 0;
  std::uint64_t given = 0;         // tasks, to a worker
  std::uint64_t written = 0;       // numbers by exactly-once sources
  std::uint64_t answered = 0;      // requests
  std::uint64_t quiet = 0;         // milliseconds until all was as it should be
  std::uint64_t deaths = 0;        // in a cluster with which nothing else was wrong
  std::uint64_t longest_move = 0;  // milliseconds from such a death until all of the tasks ran elsewhere
  void Add(const Counts& other);
};

/// One life of a cluster, all of it by its seed: 12 s of faults and changes, then quiet until all is as it should be.
/// Throws Violation with what was broken, at the step that broke it:
/// - of the processes whose gate for a task is open there is one at most, and the state topic says that it is its
/// owner;
/// - a task that goes on as it was after its worker was in doubt has had no other owner since;
/// - exactly-once sources have written 0, 1, 2 … (Kafka sees to that as long as each write is fenced; Kafka::Write);
/// - terms grow; epochs of a task grow;
/// - a request is carried out once at most, as a model says that does nothing but apply requests one by one; who has
///   asked sees the same answer as the log;
/// - after 150 s of quiet at most (few need 10) all requests are answered, all views are equal, one worker leads, and
/// each task runs on
///   a worker that may have it, evenly; a task that crashes its workers is FAILED;
/// - in a run without faults (one of eight) a worker dies at the end, and its tasks run elsewhere within its session
/// and
///   3 s.
class Run {
 public:
  explicit Run(std::uint64_t seed);
  Counts Live();
  /// How it stands, for who looks for the fault.
  std::string Report();

 private:
  struct Worker {
    std::string id;
    std::shared_ptr<Process> process;
  };

  void Step(Time end);
  void Launch(Worker& worker, Time after);
  void Fault();
  void Change();
  Action RandomAction();
  void CheckGates() const;
  void Committed(const Transaction& transaction);
  void CheckAnswer(const Record& record);
  void CheckLedger(const Record& record);
  void CheckQuiet();
  struct Loads {
    std::map<std::string, int> by_worker;
    bool all_free = true;  // all tasks may run anywhere
  };
  Loads CheckTasks() const;
  void Death();
  void CheckPassed(std::int64_t next);
  void CheckAnswers() const;
  void CheckTask(const TaskKey& key, const LedgerTask& task, const RawConfig& config,
                 std::map<std::string, int>& loads) const;
  void Apply(const Request& request);
  std::string RandomName();

  Events events_;
  Kafka kafka_{events_};
  std::vector<Worker> workers_;
  std::vector<std::shared_ptr<Process>> processes_;  // all that are alive, or suspended
  Counts counts_;
  std::uint64_t term_ = 0;
  std::map<TaskKey, std::uint64_t> epochs_;
  std::map<std::pair<TaskKey, std::uint64_t>, std::uint64_t> before_;  // the epoch of a task before that one
  std::map<std::string, std::uint64_t> last_epochs_;
  struct Asked {
    Request request;
    std::weak_ptr<Process> by;
    bool answered = false;
  };
  std::map<std::string, Asked> asked_;                   // by id
  std::map<std::string, bool> done_;                     // by id: carried out, or refused, as the log says
  std::map<std::string, store::StoredConnector> model_;  // what the requests that were carried out make
  int requests_ = 0;
  std::int64_t next_request_ = 0;  // by the log
  bool quiet_ = false;
};

}  // namespace framespool::cluster::simulation
