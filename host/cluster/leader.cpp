#include "cluster/leader.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string_view>
#include <utility>

namespace framespool::cluster {

Leader::Leader(View state, LeaderPolicy policy, ConfigRules rules, std::function<Needs(const RawConfig&)> needs)
    : state_(std::move(state)), policy_(policy), rules_(std::move(rules)), needs_(std::move(needs)) {}

void Leader::Write(Record record, Transaction& changes) {
  state_.Apply(record);
  changes.push_back(std::move(record));
}

Transaction Leader::Begin(const std::string& worker, const std::string& session) {
  Transaction changes;
  Write({.kind = Record::Kind::kLeader,
         .name = {},
         .value = Leadership{.worker = worker, .session = session, .term = state_.leader().term + 1}},
        changes);
  return changes;
}

Transaction Leader::Next(const Seen& seen) {
  Transaction changes;
  NoteMembers(seen, changes);
  CarryOutRequests(seen, changes);
  ForgetAnswers(seen, changes);
  KeepLedgers(seen, changes);
  return changes;
}

void Leader::NoteMembers(const Seen& seen, Transaction& changes) {
  Members members = seen.members;
  std::sort(members.begin(), members.end());
  if (members == state_.members()) return;
  Write({.kind = Record::Kind::kMembers, .name = {}, .value = std::make_shared<const Members>(std::move(members))},
        changes);
}

void Leader::CarryOutRequests(const Seen& seen, Transaction& changes) {
  std::size_t count = 0;
  // Whoever sends again what was there by then is carried out once all the same, by its id.
  if (seen.requests_end < state_.next_request())
    Write({.kind = Record::Kind::kRequests, .name = {}, .value = seen.requests_end}, changes);
  const std::int64_t first = state_.next_request();
  if (seen.requests_from > first) return;
  std::int64_t next = first;
  for (const LoggedRequest& logged : seen.requests) {
    if (logged.offset < next) continue;
    if (++count > policy_.most_requests) break;
    next = logged.offset + 1;
    // Sent twice: it was answered, and is done or not.
    if (state_.answers().contains(logged.request.id)) continue;
    const std::int64_t age = seen.log_time - logged.appended;
    // So old that an answer to it may be forgotten already: that it was not done would be a guess.
    if (age > policy_.answers_kept.count() / 2) continue;
    Answer answer{.refused = {}, .at = seen.log_time};
    if (age > logged.request.patience.count()) {
      answer.refused = base::Refuse(base::Reason::kUnavailable,
                                    Problem{.message = "no leader came to it in time; it was not done, repeat it",
                                            .kind = "not-in-time"})
                           .value();
    } else if (auto done = CarryOut(logged, rules_, state_, changes); !done) {
      answer.refused = std::move(done).error();
    }
    Write({.kind = Record::Kind::kAnswer,
           .name = logged.request.id,
           .value = std::make_shared<const Answer>(std::move(answer))},
          changes);
  }
  // In the same transaction as what came of them: carried out once, whoever leads next.
  if (next != first) Write({.kind = Record::Kind::kRequests, .name = {}, .value = next}, changes);
}

void Leader::ForgetAnswers(const Seen& seen, Transaction& changes) {
  std::vector<std::string> old;
  for (const auto& [id, answer] : state_.answers()) {
    if (seen.log_time - answer->at > policy_.answers_kept.count()) old.push_back(id);
  }
  for (std::string& id : old) Write({.kind = Record::Kind::kAnswer, .name = std::move(id), .value = {}}, changes);
}

void Leader::NoteAbsences(const Seen& seen) {
  std::set<std::string_view> there;
  for (const Member& member : seen.members) {
    const auto told = seen.told->workers.find(member.worker);
    if (told != seen.told->workers.end() && told->second.session == member.session && !told->second.leaving)
      there.insert(member.worker);
  }
  std::erase_if(absent_since_, [&](const auto& each) { return there.contains(each.first); });
  for (const auto& [worker, told] : seen.told->workers) {
    if (!there.contains(worker)) absent_since_.emplace(worker, seen.now);
  }
}

bool Leader::IsExpected(const std::string& worker, const Seen& seen) const {
  const auto absent = absent_since_.find(worker);
  const auto told = seen.told->workers.find(worker);
  if (absent == absent_since_.end() || told == seen.told->workers.end()) return false;
  const Moment delay = told->second.leaving ? told->second.returns_within : policy_.return_delay;
  return seen.now - absent->second < delay;
}

const Needs& Leader::NeedsOf(const std::string& connector) {
  static const Needs kNone;
  const auto stored = state_.Connector(connector);
  if (stored == nullptr) return kNone;
  KnownNeeds& known = known_needs_[connector];
  if (known.connector != stored) known = {.connector = stored, .needs = needs_(stored->config)};
  return known.needs;
}

bool Leader::IsStopped(const std::string& connector) const {
  const auto stored = state_.Connector(connector);
  return stored == nullptr || stored->target == store::TargetState::kStopped;
}

void Leader::AddReplaced(const Seen& seen, std::unordered_set<std::string>& sessions) {
  std::set<std::string_view> workers;
  for (const Member& member : seen.members) workers.insert(member.worker);
  std::map<std::string, Moment> replaced;
  for (const auto& [name, ledger] : state_.ledgers()) {
    for (const LedgerTask& task : ledger->tasks) {
      if (!task.owned() || sessions.contains(task.session) || !workers.contains(task.worker)) continue;
      const auto told = seen.told->workers.find(task.worker);
      if (told != seen.told->workers.end() && told->second.buried == task.session) continue;
      const auto known = replaced_since_.find(task.session);
      replaced[task.session] = known == replaced_since_.end() ? seen.now : known->second;
    }
  }
  replaced_since_ = std::move(replaced);
  for (const auto& [session, since] : replaced_since_) {
    if (seen.now - since < policy_.session_timeout) sessions.insert(session);
  }
}

Leader::Group Leader::GroupOf(const Seen& seen) {
  Group group;
  for (const Member& member : seen.members) {
    group.sessions.insert(member.session);
    const auto told = seen.told->workers.find(member.worker);
    if (told == seen.told->workers.end() || told->second.session != member.session) continue;
    group.workers.push_back(AsPlaced(member.worker, told->second));
    group.session_of[member.worker] = member.session;
  }
  if (policy_.session_timeout > Moment(0)) AddReplaced(seen, group.sessions);
  return group;
}

LedgerDraft& Leader::DraftOf(Drafts& drafts, const std::string& name) const {
  return drafts.try_emplace(name, state_.LedgerOf(name)).first->second;
}

void Leader::SettleAndArrange(const Seen& seen, const Group& group, Drafts& drafts) {
  static const TaskReports kNoReports;
  const auto lives = [&](const std::string& session) { return group.sessions.contains(session); };
  for (const auto& [id, worker] : seen.told->workers) {
    if (!worker.suspicion) continue;
    for (const std::string& name : worker.suspicion->connectors) {
      if (state_.LedgerOf(name) != nullptr)
        BlameConnector(DraftOf(drafts, name), id, worker.suspicion->at, policy_.most_crashes);
    }
  }
  for (const auto& [name, ledger] : state_.ledgers()) {
    const auto begun = drafts.find(name);
    LedgerDraft draft = begun == drafts.end() ? LedgerDraft(ledger) : begun->second;
    const auto reports = seen.told->reports.find(name);
    Settle(draft, reports == seen.told->reports.end() ? kNoReports : reports->second, lives, policy_.most_crashes);
    const bool stopped = !draft->runs(IsStopped(name));
    const Needs& needs = NeedsOf(name);
    if (needs.on_each && !stopped) {
      std::vector<std::string> ids;
      const PlacingTask any{.key = {name, 0}, .needs = &needs, .worker = {}, .runs = false, .only = {}, .to = {}};
      for (const PlacingWorker& worker : group.workers) {
        if (worker.takes && Objection(any, worker).empty()) ids.push_back(worker.id);
      }
      ArrangeOnEach(draft, stopped, ids);
    } else {
      Arrange(draft, stopped);
    }
    if (draft.changed()) drafts.insert_or_assign(name, std::move(draft));
  }
  for (const auto& [id, worker] : seen.told->workers) {
    if (!worker.crashed || state_.LedgerOf(worker.crashed->first.connector) == nullptr) continue;
    const auto& [key, epoch] = *worker.crashed;
    Blame(DraftOf(drafts, key.connector), key.task, epoch, policy_.most_crashes);
  }
}

/// Calls `visit` with each task as it is about to be: connector, ledger, number.
template <class F>
void Leader::EachTask(const Drafts& drafts, F visit) const {
  for (const auto& [name, ledger] : state_.ledgers()) {
    const auto draft = drafts.find(name);
    const Ledger& current = draft == drafts.end() ? *ledger : *draft->second;
    for (std::size_t i = 0; i < current.tasks.size(); ++i) visit(name, current, i);
  }
}

bool Leader::IsToBePlaced(const std::string& connector, const Ledger& ledger, std::size_t number,
                          const Seen& seen) const {
  const LedgerTask& task = ledger.tasks[number];
  return task.state == LedgerTask::State::kWaiting && IsWanted(ledger, number, !ledger.runs(IsStopped(connector))) &&
         !IsExpected(task.worker, seen);
}

void Leader::Place(const Seen& seen, const Group& group, Drafts& drafts) {
  bool any_waits = false;
  bool any_moves = false;
  EachTask(drafts, [&](const std::string& name, const Ledger& ledger, std::size_t i) {
    any_moves = any_moves || (ledger.tasks[i].owned() && !ledger.tasks[i].to.empty());
    any_waits = any_waits || IsToBePlaced(name, ledger, i, seen);
  });
  const bool may_move = !any_moves && (!last_look_ || seen.now - *last_look_ >= policy_.between_moves);
  if (!any_waits && !may_move) return;
  if (may_move) last_look_ = seen.now;
  std::vector<PlacingTask> tasks;
  EachTask(drafts, [&](const std::string& name, const Ledger& ledger, std::size_t i) {
    const LedgerTask& task = ledger.tasks[i];
    // One that is to be released is still its worker's load.
    if (!task.owned() && !IsToBePlaced(name, ledger, i, seen)) return;
    tasks.push_back({.key = {name, static_cast<int>(i)},
                     .needs = &NeedsOf(name),
                     .worker = task.worker,
                     .runs = task.owned(),
                     .only = task.only,
                     .to = task.to,
                     .refused = task.refused});
  });
  const Placing placing = Assign(tasks, group.workers, may_move);
  for (const auto& [key, worker] : placing.placed)
    Give(DraftOf(drafts, key.connector).Change(), key.task, worker, group.session_of.at(worker), seen.log_time);
  for (const auto& [key, why] : placing.not_placed) {
    LedgerDraft& draft = DraftOf(drafts, key.connector);
    const auto number = static_cast<std::size_t>(key.task);
    if (draft->tasks[number].reason != why) draft.Change().tasks[number].reason = why;
  }
  if (!placing.move) return;
  const auto& [key, to] = *placing.move;
  LedgerDraft& draft = DraftOf(drafts, key.connector);
  const auto number = static_cast<std::size_t>(key.task);
  if (draft->tasks[number].state != LedgerTask::State::kRun) return;
  draft.Change().tasks[number].state = LedgerTask::State::kRelease;
  draft.Change().tasks[number].to = to;
  draft.Change().tasks[number].cause = LedgerTask::Cause::kBalance;
}

void Leader::KeepLedgers(const Seen& seen, Transaction& changes) {
  NoteAbsences(seen);
  const Group group = GroupOf(seen);
  Drafts drafts;
  SettleAndArrange(seen, group, drafts);
  Place(seen, group, drafts);
  for (auto& [name, draft] : drafts) {
    if (draft.changed()) Write({.kind = Record::Kind::kLedger, .name = name, .value = draft.shared()}, changes);
  }
}

}  // namespace framespool::cluster
