#include "cluster/ledger.h"

#include <algorithm>
#include <set>
#include <utility>

namespace framespool::cluster {

namespace {

using State = LedgerTask::State;

bool Same(const SharedConfig& a, const SharedConfig& b) { return a == b || *a == *b; }

std::string CrashReason(const LedgerTask& task) {
  return "it has crashed its worker " + std::to_string(task.crashes) + " times, last on " + task.worker +
         ": see that worker's log, then restart it";
}

/// Nobody's; whose it was last stays known.
void Free(LedgerTask& task, int most_crashes) {
  task.session.clear();
  task.state = task.crashes >= most_crashes ? State::kFailed : State::kWaiting;
  task.reason = task.state == State::kFailed ? CrashReason(task) : "";
}

void AskToRelease(LedgerDraft& ledger, std::size_t number) {
  if (ledger->tasks[number].state == State::kRun) ledger.Change().tasks[number].state = State::kRelease;
}

LedgerTask Fresh(const Ledger& ledger, const SharedConfig& share, std::string only) {
  LedgerTask task{.share = share, .revision = ledger.revision, .worker = {}, .session = {}};
  task.only = std::move(only);
  return task;
}

}  // namespace

void Settle(LedgerDraft& ledger, const TaskReports& reports, const std::function<bool(const std::string&)>& lives,
            int most_crashes) {
  for (std::size_t i = 0; i < ledger->tasks.size(); ++i) {
    const LedgerTask& task = ledger->tasks[i];
    if (!task.owned()) continue;
    const auto report = reports.find(static_cast<int>(i));
    const bool reported = report != reports.end() && report->second.epoch == task.epoch;
    if (!reported && lives(task.session)) continue;
    LedgerTask& changed = ledger.Change().tasks[i];
    if (reported && report->second.kind == TaskReport::Kind::kRefused) {
      changed.refused[changed.worker] = report->second.reason;
      changed.cause = LedgerTask::Cause::kRefused;
    } else if (!reported) {
      changed.cause = LedgerTask::Cause::kWorkerGone;
    } else if (changed.state == State::kRun) {
      changed.cause = LedgerTask::Cause::kWorkerLeaving;  // nobody has asked for it
    }
    Free(changed, most_crashes);
  }
}

bool IsWanted(const Ledger& ledger, std::size_t task, bool stopped) {
  const LedgerTask& which = ledger.tasks[task];
  // With replicas=each all tasks have the only share that there is.
  const std::size_t share = which.only.empty() ? task : 0;
  return !stopped && share < ledger.split.size() && which.revision == ledger.revision &&
         Same(which.share, ledger.split[share]);
}

void Arrange(LedgerDraft& ledger, bool stopped) {
  const std::size_t wanted = stopped ? 0 : ledger->split.size();
  const auto stays = [&](std::size_t i) {
    return i < wanted && ledger->tasks[i].only.empty() && IsWanted(*ledger, i, stopped);
  };
  bool all_free = true;
  bool all_stay = ledger->tasks.size() == wanted;
  for (std::size_t i = 0; i < ledger->tasks.size(); ++i) {
    if (stays(i)) continue;
    all_stay = false;
    AskToRelease(ledger, i);
    all_free = all_free && !ledger->tasks[i].owned();
  }
  if (all_stay || !all_free) return;
  Ledger& changed = ledger.Change();
  ++changed.generation;
  std::vector<LedgerTask> tasks;
  for (std::size_t i = 0; i < wanted; ++i)
    tasks.push_back(i < changed.tasks.size() && stays(i) ? changed.tasks[i] : Fresh(changed, changed.split[i], ""));
  changed.tasks = std::move(tasks);
  changed.numbers = std::max(changed.numbers, wanted);
}

void ArrangeOnEach(LedgerDraft& ledger, bool stopped, const std::vector<std::string>& workers) {
  if (stopped || ledger->split.empty()) return Arrange(ledger, true);
  std::set<std::string> missing(workers.begin(), workers.end());
  const std::set<std::string> all = missing;
  // Begun anew when its worker is back, one that has crashed it would do so without end.
  const auto stays = [&](const LedgerTask& task) {
    return (all.contains(task.only) || task.crashes > 0) && task.revision == ledger->revision &&
           Same(task.share, ledger->split.front());
  };
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < ledger->tasks.size(); ++i) {
    if (stays(ledger->tasks[i])) {
      missing.erase(ledger->tasks[i].only);
    } else {
      AskToRelease(ledger, i);
      others.push_back(i);
    }
  }
  // As in Arrange(): all that changes has ended before any of it begins.
  if (std::any_of(others.begin(), others.end(), [&](auto i) { return ledger->tasks[i].owned(); })) return;
  // A number is taken over by a worker that has none, so that those of others stay what they are.
  for (const std::size_t i : others) {
    if (missing.empty()) break;
    Ledger& changed = ledger.Change();
    changed.tasks[i] = Fresh(changed, changed.split.front(), missing.extract(missing.begin()).value());
    ++changed.generation;
  }
  while (!missing.empty()) {
    Ledger& changed = ledger.Change();
    changed.tasks.push_back(Fresh(changed, changed.split.front(), missing.extract(missing.begin()).value()));
    ++changed.generation;
  }
  while (!ledger->tasks.empty() && !stays(ledger->tasks.back())) ledger.Change().tasks.pop_back();
  if (ledger->numbers < ledger->tasks.size()) ledger.Change().numbers = ledger->tasks.size();
}

void Give(Ledger& ledger, int task, const std::string& worker, const std::string& session, std::int64_t log_time) {
  LedgerTask& given = ledger.tasks.at(static_cast<std::size_t>(task));
  given.state = State::kRun;
  given.after = given.epoch;
  given.epoch = ++ledger.last_epoch;
  given.from = std::exchange(given.worker, worker);
  given.since = log_time;
  given.session = session;
  given.to.clear();
  given.reason.clear();
}

void Restart(Ledger& ledger, int task) {
  LedgerTask& restarted = ledger.tasks.at(static_cast<std::size_t>(task));
  restarted.crashes = 0;
  restarted.refused.clear();
  restarted.reason.clear();
  restarted.cause = LedgerTask::Cause::kRestart;
  if (restarted.state == State::kRun) restarted.state = State::kRelease;
  if (restarted.state == State::kFailed) restarted.state = State::kWaiting;
}

void Blame(LedgerDraft& ledger, int task, std::uint64_t epoch, int most_crashes) {
  const auto number = static_cast<std::size_t>(task);
  if (task < 0 || number >= ledger->tasks.size()) return;
  const LedgerTask& blamed = ledger->tasks[number];
  // An epoch from before this split, or one that never was, is no fault of this task.
  if (epoch <= blamed.blamed || epoch > blamed.epoch || (epoch != blamed.epoch && epoch != blamed.after)) return;
  LedgerTask& changed = ledger.Change().tasks[number];
  changed.blamed = epoch;
  if (++changed.crashes < most_crashes) return;
  if (changed.owned())
    changed.state = State::kRelease;
  else
    Free(changed, most_crashes);
}

void BlameConnector(LedgerDraft& ledger, const std::string& worker, std::int64_t at, int most_crashes) {
  const auto known = ledger->blamed.find(worker);
  if (known != ledger->blamed.end() && known->second == at) return;
  Ledger& changed = ledger.Change();
  changed.blamed[worker] = at;
  changed.confined = ++changed.crashes >= most_crashes;
}

void ForgiveConnector(LedgerDraft& ledger) {
  if (ledger->crashes == 0 && !ledger->confined) return;
  // Whose crashes were counted stays: their workers may still tell of them.
  Ledger& changed = ledger.Change();
  changed.crashes = 0;
  changed.confined = false;
}

}  // namespace framespool::cluster
