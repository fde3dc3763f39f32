#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <cluster/assigner.h>
#include <cluster/requests.h>
#include <cluster/session.h>
#include <cluster/told.h>
#include <cluster/view.h>

namespace framespool::cluster {

struct LeaderPolicy {
  /// A session that another of its worker has taken the place of may still act for so long, unless its worker says that
  /// it is over: session.timeout.ms. 0: in this group none takes another's place.
  Moment session_timeout{};
  Moment return_delay{};  // scheduled.rebalance.max.delay.ms: a dead worker's tasks wait for it
  Moment between_moves = std::chrono::seconds(10);  // of tasks that run, for balance
  /// More than twice any request's patience and the longest time that a network holds a message: one that is sent twice
  /// must not come when the answer to the first is forgotten.
  std::chrono::milliseconds answers_kept = std::chrono::minutes(10);
  int most_crashes = 3;
  std::size_t most_requests = 500;  // in one transaction
};

/// What the leader does: carries out requests, and keeps the ledger. It alone writes the state topic, so from its first
/// transaction on it knows the state without reading it.
///
/// Whoever owns partition 0 of the group's topic makes one, in this order, each step begun when the one before is over:
/// takes the transactional id (which fences the leader before, and ends what it had begun), reads the state topic to
/// its end, writes Begin(), asks for the group's members. In another order a session that is in the ledger could be
/// newer than the list of members, seem dead, and be given away while it acts. A transaction is written before the next
/// is asked for; when one is refused because somebody else has taken the id, this is no leader any more and is thrown
/// away. Used from one thread.
class Leader {
 public:
  /// `state`: all that the topic has. `needs`: what a connector's tasks ask of a worker; its config has been admitted.
  Leader(View state, LeaderPolicy policy, ConfigRules rules, std::function<Needs(const RawConfig&)> needs);

  Transaction Begin(const std::string& worker, const std::string& session);

  struct Seen {
    Members members;             // asked for after Begin() was written; never older than the time before
    const Told* told = nullptr;  // never null
    /// All from `requests_from` on, or the beginning of that. Read from behind the state's next_request(), for another
    /// leader, they would leave some out: they are ignored.
    std::vector<LoggedRequest> requests;
    std::int64_t requests_from = 0;
    /// Up to where the log has been read. When more of it has been carried out, it was made anew since, and begins
    /// there.
    std::int64_t requests_end = std::numeric_limits<std::int64_t>::max();
    Moment now{};
    std::int64_t log_time = 0;  // milliseconds since 1970, by the log, about now
  };
  /// What is to be written now; empty: nothing.
  Transaction Next(const Seen& seen);

  const View& state() const noexcept { return state_; }

 private:
  void CarryOutRequests(const Seen& seen, Transaction& changes);
  void NoteMembers(const Seen& seen, Transaction& changes);
  void ForgetAnswers(const Seen& seen, Transaction& changes);
  void KeepLedgers(const Seen& seen, Transaction& changes);
  /// The group as its members have told of themselves.
  struct Group {
    std::unordered_set<std::string> sessions;
    std::vector<PlacingWorker> workers;
    std::map<std::string, std::string> session_of;  // by worker
  };
  Group GroupOf(const Seen& seen);
  /// Sessions that the group has no more, because another process of their worker has come in their place, and that are
  /// not known to be over: they may act until that shows.
  void AddReplaced(const Seen& seen, std::unordered_set<std::string>& sessions);
  using Drafts = std::map<std::string, LedgerDraft>;  // those that change
  LedgerDraft& DraftOf(Drafts& drafts, const std::string& name) const;
  void SettleAndArrange(const Seen& seen, const Group& group, Drafts& drafts);
  template <class F>
  void EachTask(const Drafts& drafts, F visit) const;
  bool IsToBePlaced(const std::string& connector, const Ledger& ledger, std::size_t number, const Seen& seen) const;
  void Place(const Seen& seen, const Group& group, Drafts& drafts);
  void NoteAbsences(const Seen& seen);
  bool IsStopped(const std::string& connector) const;
  bool IsExpected(const std::string& worker, const Seen& seen) const;
  const Needs& NeedsOf(const std::string& connector);
  void Write(Record record, Transaction& changes);

  View state_;
  const LeaderPolicy policy_;
  const ConfigRules rules_;
  const std::function<Needs(const RawConfig&)> needs_;
  struct KnownNeeds {
    std::shared_ptr<const store::StoredConnector> connector;
    Needs needs;
  };
  std::map<std::string, KnownNeeds> known_needs_;
  std::map<std::string, Moment> absent_since_;    // workers that own, or owned, tasks
  std::map<std::string, Moment> replaced_since_;  // sessions
  std::optional<Moment> last_look_;               // for a task to move
};

}  // namespace framespool::cluster
