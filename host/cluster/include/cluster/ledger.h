#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <cluster/task_key.h>
#include <framespool/config_def.h>

namespace framespool::cluster {

using SharedConfig = std::shared_ptr<const RawConfig>;  // never null

/// One task of a connector, and whose it is. Owner is a session of a worker, not the worker: one that has been thrown
/// out and comes back under a new member id owns nothing until the leader has written that it does, because the leader
/// may be about to give its tasks away.
struct LedgerTask {
  /// Why its owner has it, or the next one will get it.
  enum class Cause {
    kNew,            // it is new, or its config is
    kWorkerGone,     // the group has given its owner up
    kWorkerLeaving,  // its owner stops, and has handed it over
    kRefused,        // its owner has said that it cannot run there
    kBalance,        // another worker had less to do
    kRestart,        // somebody has asked for that
  };
  enum class State {
    kWaiting,  // nobody's; it is to run as soon as a worker may have it
    kRun,      // its owner runs it
    kRelease,  // its owner is to end it and to say so
    kFailed,   // nobody's, and stays so until somebody asks: it has crashed too many workers
  } state = State::kWaiting;
  SharedConfig share;                            // what its config says instead of the connector's
  std::uint64_t revision = 0;                    // of the connector's config
  std::string worker;                            // its owner's; whose it was last, when it is nobody's
  std::string session;                           // its owner's; empty: nobody's
  std::uint64_t epoch = 0;                       // of its owner: grows from owner to owner; 0: there was none
  std::uint64_t after = 0;                       // the epoch before that: whoever had it then was the last to have it
  int crashes = 0;                               // of workers, by it
  std::uint64_t blamed = 0;                      // the newest epoch in which it has crashed one
  std::string only{};                            // the one worker that it is for (replicas=each); empty: any
  std::string to{};                              // the worker that it is on its way to
  std::map<std::string, std::string> refused{};  // workers that have said no, and why
  std::string reason{};                          // why it waits or is FAILED, for people
  Cause cause = Cause::kNew;
  std::string from{};      // who had it before its owner; empty: nobody
  std::int64_t since = 0;  // milliseconds since 1970, by the log: when it was given to its owner; 0: never

  bool owned() const noexcept { return !session.empty(); }
};

/// All tasks of one connector: one record of the state topic, so that compaction never leaves a part of it. It outlives
/// the connector: one that is deleted and created again must not take a former one's epochs, nor forget how many
/// producers may still write.
struct Ledger {
  std::uint64_t revision = 0;    // of the config; grows, also when the connector is deleted and created again
  std::uint64_t generation = 0;  // of the split; grows
  std::uint64_t last_epoch = 0;  // the greatest that a task has had
  std::size_t numbers = 0;       // the most tasks that there have been: Connect's task count record
  std::vector<SharedConfig> split;
  std::vector<LedgerTask> tasks;
  int crashes = 0;                               // of workers, by the connector on a thread that is no task's
  std::map<std::string, std::int64_t> blamed{};  // by worker: its newest crash that was counted
  bool confined = false;                         // those were too many: nothing of it runs until somebody asks

  bool runs(bool stopped) const noexcept { return !stopped && !confined; }
};

/// What a worker says of a task that it has had.
struct TaskReport {
  enum class Kind {
    kReleased,  // no effect of it can come any more
    kRefused,   // it cannot run here: a file or a port is missing
  } kind = Kind::kReleased;
  std::uint64_t epoch = 0;  // of its ownership; a report of another is an old one
  std::string reason;       // of kRefused
  friend bool operator==(const TaskReport&, const TaskReport&) = default;
};
using TaskReports = std::map<int, TaskReport>;  // of one connector, by task; the newest counts

/// A ledger that may be about to change: copied by the first change.
class LedgerDraft {
 public:
  explicit LedgerDraft(std::shared_ptr<const Ledger> ledger) : ledger_(std::move(ledger)) {}

  const Ledger& operator*() const noexcept { return *ledger_; }
  const Ledger* operator->() const noexcept { return ledger_.get(); }
  const std::shared_ptr<const Ledger>& shared() const noexcept { return ledger_; }
  Ledger& Change() {
    if (!changed_) ledger_ = changed_ = std::make_shared<Ledger>(*ledger_);
    return *changed_;
  }
  bool changed() const noexcept { return changed_ != nullptr; }

 private:
  std::shared_ptr<const Ledger> ledger_;
  std::shared_ptr<Ledger> changed_;
};

/// Takes note of owners that are no more, or have said that they are done: their tasks are nobody's. `lives` says
/// whether a session is in the group; a worker lets go of its tasks before it is thrown out (Session).
void Settle(LedgerDraft& ledger, const TaskReports& reports, const std::function<bool(const std::string&)>& lives,
            int most_crashes);

/// Brings the tasks to the split, or with `stopped` to none. Those that stay as they are are not touched. Owners of
/// others are asked to release them, and only when nobody has any of these do new ones take their numbers: what was
/// one's may be another's now.
void Arrange(LedgerDraft& ledger, bool stopped);
/// The same for a connector with a task on each of `workers` (ids). What has crashed its worker stays while that is not
/// one of them, until somebody restarts it.
void ArrangeOnEach(LedgerDraft& ledger, bool stopped, const std::vector<std::string>& workers);

/// Whether the split still has this task as it is; one that it has not is not given to anybody.
bool IsWanted(const Ledger& ledger, std::size_t task, bool stopped);

/// From now on, which is `log_time`, `worker` runs the task, in a new epoch.
void Give(Ledger& ledger, int task, const std::string& worker, const std::string& session, std::int64_t log_time);
/// It ends, and begins again where it may.
void Restart(Ledger& ledger, int task);
/// It crashed the worker that had it in `epoch`: counted once for each epoch.
void Blame(LedgerDraft& ledger, int task, std::uint64_t epoch, int most_crashes);
/// The connector crashed `worker`, `at` that time by its clock, on no task's thread: counted once for each.
void BlameConnector(LedgerDraft& ledger, const std::string& worker, std::int64_t at, int most_crashes);
/// What it was blamed for counts no more.
void ForgiveConnector(LedgerDraft& ledger);

}  // namespace framespool::cluster
