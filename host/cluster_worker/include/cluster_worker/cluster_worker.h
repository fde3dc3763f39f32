#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <base/outcome.h>
#include <broker/state_topics.h>
#include <broker/worker_groups.h>
#include <cluster/holdings.h>
#include <cluster/leader.h>
#include <cluster/moves.h>
#include <cluster/session.h>
#include <cluster/told.h>
#include <cluster/view.h>

namespace framespool::cluster {

class RecordReader;

struct ClusterWorkerOptions {
  std::string group;                // Kafka's consumer group of the workers; begins their transactional ids
  std::string worker;               // this one's id, which no other has
  broker::StateTopicSpec state;     // config.storage.topic
  broker::StateTopicSpec requests;  // a log of one partition
  broker::StateTopicSpec told;      // framespool.storage.topic
  broker::StateTopicSpec status;    // status.storage.topic: a change there is one that `changed` tells of
  std::string group_topic = "framespool-workers";
  std::string store_writer;  // transactional.id of a worker's store without the worker's id, which ends it
  std::chrono::milliseconds session_timeout{10000};
  std::chrono::milliseconds heartbeat_interval{3000};
  std::chrono::milliseconds patience{30000};  // of a request
  std::chrono::milliseconds wait{5000};       // of each call of the broker
  std::chrono::milliseconds return_delay{0};  // scheduled.rebalance.max.delay.ms
  std::chrono::milliseconds return_grace{0};  // worker.return.grace.ms
  std::string version;                        // of the program
  Labels labels{};                            // worker.labels
  std::string ended_session;  // of the process before this one, which its parent has seen end; empty: none is known
  std::function<void(const std::string&)> note_session;  // keeps this one's for the next process; must not wait
  std::map<std::string, std::set<std::string>> plugins;  // versions by class
  ConfigRules rules;
  std::function<Needs(const RawConfig&)> needs;
};

/// One worker's part in a cluster: what host/cluster decides, joined with Kafka. It keeps this worker's session in the
/// group ("cluster-session"), follows the state topic, tells what others should know and sends requests
/// ("cluster-tell"), and leads when the group says so ("cluster-lead"). Owned by the herder, which runs the tasks that
/// Follow() orders; used from any thread where nothing else is said.
class ClusterWorker {
 public:
  ClusterWorker(ClusterWorkerOptions options, broker::StateTopics& topics, broker::WorkerGroups& groups);
  ClusterWorker(const ClusterWorker&) = delete;
  ClusterWorker& operator=(const ClusterWorker&) = delete;
  ~ClusterWorker();

  /// Reads the state, and takes part from then on. `changed` is called when Follow() may have something to say, on any
  /// thread; it must not wait. Throws what StateTopics::Open() throws, and ConfigError when workers of Kafka Connect
  /// have the group.
  void Start(std::function<void()> changed);

  std::shared_ptr<const View> view() const;
  bool leads() const;
  /// Whether it is this worker that watches for what splits the work of such a connector anew.
  bool WatchesSplit(const Needs& needs) const;
  /// What workers say of themselves, by id, those as well that are gone.
  std::map<std::string, TellingWorker> workers() const;
  /// The newest that this worker knows of, oldest first: since it was started, and of each task the last before that.
  std::vector<Move> moves() const;
  /// Those since the last call that have happened while this worker looked on.
  std::vector<Move> TakeNewMoves();
  const std::string& worker() const noexcept { return options_.worker; }

  struct StartOrder {
    TaskKey key;
    std::uint64_t epoch = 0;
    SharedConfig share;
  };
  /// What may be another than at the last look: all of it, or what there is of these connectors.
  struct Touched {
    bool all = false;
    std::set<std::string> connectors;
  };
  struct Orders {
    std::vector<StartOrder> start;
    std::vector<std::pair<TaskKey, bool>> end;  // true: it is still this worker's until Ended(), and may finish
    std::vector<std::pair<TaskKey, std::uint64_t>> go_on;  // with its new epoch
    Touched touched;
    std::shared_ptr<const View> view;  // what they follow from, no older and no newer
  };
  /// As Holdings::Follow(), of what has changed since the last call, or of `all`. With the turn of the herder.
  Orders Follow(bool all);
  /// To be called between Start() and the first Follow(): the process before this one was ended by what ran for that
  /// task. Counts where the ledger says that this worker had it, and is told to the leader.
  void NoteCrash(const std::string& connector, int task);
  /// The same of a thread that was no task's, and one of `suspects`': `at` that time, in milliseconds since 1970.
  void NoteCrash(std::vector<std::string> suspects, std::int64_t at);
  /// Whether the leader has counted what was noted. Before that nothing should begin here: if it ended this process as
  /// well, the crash before it would never be told.
  bool IsCrashCounted() const;
  /// This worker takes no more tasks, and all that it has are to end.
  Orders Leave();
  /// It cannot run here, and has not begun.
  void Refused(const TaskKey& key, const std::string& why);
  /// Until something has changed, or `wait` is over.
  void AwaitChange(std::chrono::milliseconds wait) const;
  /// No effect of it can come any more.
  void Ended(const TaskKey& key);
  /// Until nothing is this worker's any more by the ledger, so that others have it.
  void AwaitHandedOver(std::chrono::steady_clock::time_point deadline);

  enum class Permit { kYes, kNotNow, kNo };
  /// Whether what the task does may have an effect now.
  Permit PermitOf(const TaskKey& key) const;

  /// Has the leader carry it out, and waits for its answer in this worker's view. Several may ask at once: what they
  /// ask for travels together. Reason::kUnavailable with kind "no-answer": whether it was or will be done is not known.
  base::Outcome<void> Ask(std::string by, Action action, std::optional<std::string> if_match);
  /// Has the leader carry it out, and waits for nothing: a refusal is logged, behind `what`. Returns its id.
  std::string AskSoon(std::string by, Action action, std::string what);
  /// It may still be answered.
  bool IsAsked(const std::string& id) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Asked {
    Request request;
    Clock::time_point since;
    std::optional<Clock::time_point> sent;
    std::shared_ptr<const Answer> answer;
    std::string what;  // nobody waits for it, and this is what it is about; empty: somebody does
  };
  /// What one that leads has; on its thread.
  struct Office {
    std::unique_ptr<broker::StateClaim> claim;
    std::unique_ptr<Leader> leader;
    std::vector<Member> members;
    Clock::time_point described;
    std::set<std::string> fenced;  // sessions
  };

  void TakeState(const broker::ReadRecord& read);
  void TakeRequest(const broker::ReadRecord& read);
  std::string Add(std::string by, Action action, std::optional<std::string> if_match, std::string what);  // in the lock
  void TakeAnswer(const std::string& id, std::shared_ptr<const Answer> answer);                           // in the lock
  void TakeTelling(const broker::ReadRecord& read);
  void TakeStatus(const broker::ReadRecord& read);
  void Changed();                             // whatever Follow() looks at
  void Wake();                                // those of this worker's own threads that wait for a change
  std::shared_ptr<const View> Shown() const;  // in the lock
  std::shared_ptr<const Told> ToldNow() const;
  void NoteMoves(const Record& record);  // in the lock, before the view has it
  Orders OrdersOf(const Holdings::Orders& orders) const;
  bool IsOwned(const TaskKey& key) const;  // in the lock: by the ledger, of this session and epoch
  void KeepSession(const std::stop_token& stop);
  void Tell(const std::stop_token& stop);
  std::vector<broker::StateWrite> ToTell();
  /// Somebody may have deleted it.
  void MakeRequestsAgain();
  void Lead(const std::stop_token& stop);
  void LeadOn(std::unique_ptr<Office>& office);
  std::unique_ptr<Office> TakeOffice();
  /// Workers that have died write nothing more, and hold up nobody.
  void FenceTheDead(Office& office);
  std::vector<Member> Members();
  std::string TellingWriterOf(const std::string& worker) const {
    return "framespool-worker-" + options_.group + "-" + worker;
  }

  const ClusterWorkerOptions options_;
  broker::StateTopics& topics_;
  broker::WorkerGroups& groups_;
  std::function<void()> on_change_ = [] {};
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::uint64_t changes_ = 0;
  std::unique_ptr<RecordReader> reader_;  // of the thread that reads
  View view_;
  mutable std::shared_ptr<const View> shown_;  // the last that view() gave; null: it has changed
  std::deque<Move> moves_;
  std::vector<Move> new_moves_;
  Told told_;
  mutable std::shared_ptr<const Told> shown_told_;  // as shown_
  Touched touched_{.all = true, .connectors = {}};
  bool is_following_ = false;           // the state has been read once
  std::deque<LoggedRequest> requests_;  // from the first on that has not been carried out
  std::int64_t log_time_ = 0;           // of the newest record read
  Clock::time_point log_time_at_ = Clock::now();
  Session session_;
  bool has_first_ = false;
  bool leads_ = false;
  Holdings holdings_;
  TellingWorker tells_;
  std::map<std::string, Asked> asked_;
  std::jthread session_thread_;
  std::jthread tell_thread_;
  std::jthread lead_thread_;
};

}  // namespace framespool::cluster
