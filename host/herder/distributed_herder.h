#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <cluster_worker/cluster_worker.h>

#include "standalone_herder.h"

namespace framespool::herder {

/// The herder of a worker that shares its connectors with others of its group. What connectors there are, and which of
/// their tasks run here, it is told by the cluster (Follow()); what is to be changed it checks itself and has the
/// worker that leads carry out, so that its own view shows it when the answer comes.
class DistributedHerder final : public StandaloneHerder {
 public:
  DistributedHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                    broker::Broker& broker, EventListener tell);

  DistributedHerder(const DistributedHerder&) = delete;
  DistributedHerder& operator=(const DistributedHerder&) = delete;
  /// Nobody asks the cluster any more when it goes.
  ~DistributedHerder() override { queue_.AwaitAllBack(); }

  std::vector<std::string> Stop() override;
  void Start(std::string worker_id, std::vector<config::NamedConfig> connectors) override;

  ClusterInfo Cluster() const override;
  base::Outcome<std::vector<OffsetEntry>> Offsets(const std::string& name) override;
  base::Outcome<std::vector<HistoryEntry>> History(const std::string& name, int most) override;
  base::Outcome<void> AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& entries) override;
  base::Outcome<void> ResetOffsets(const std::string& name) override;
  base::Outcome<void> Delete(const std::string& name, bool with_offsets) override;
  base::Outcome<runtime::ConnectorStatus> Restart(const std::string& name, bool include_tasks,
                                                  bool only_failed) override;
  base::Outcome<void> RestartTask(const std::string& name, int task) override;

 private:
  base::Outcome<runtime::ConnectorInfo> Run(Admission::Accepted accepted, IfThere if_there) override;
  base::Outcome<void> SetTarget(const std::string& name, store::TargetState target) override;
  void TakeSplit(HerdedConnector& connector) override;
  void StartTasks(HerdedConnector& connector) override;
  void ReplaceTask(HerdedConnector& connector, std::size_t index, const std::string& by) override;
  void StartStored(const std::vector<config::NamedConfig>& connectors) override;
  std::vector<std::string> StopAll() override;

  cluster::ClusterWorkerOptions OptionsOf(const ClusterSetup& setup) const;
  cluster::Needs NeedsOf(const RawConfig& config) const;
  /// Has the leader do it, and follows then. The turn is away meanwhile, so that changes of other connectors go on:
  /// what the herd has is another afterwards.
  base::Outcome<void> Ask(cluster::Action action, std::optional<std::string> if_match = std::nullopt);
  /// How its plugin, which is here, splits the work; nothing: it does not, or does not say. The turn is away meanwhile.
  cluster::FirstSplit FirstSplitOf(const store::StoredConnector& stored);
  /// Has the store note what has been changed, in the order of these calls. Nobody waits for it but History().
  void NoteSoon(std::function<void()> note);
  void AwaitNotes();
  /// Tells the leader which task or connector the crash of the last worker was of.
  void NoteCrashed(const Crash& crash);
  /// Whether nothing may begin yet, as the leader has not counted that.
  bool WaitsToBeCounted();
  /// Until the connector has the tasks of its config, or is known to have none.
  void AwaitTasks(const std::string& name);
  /// One that is there, unless it `looks_done`: then, and where there is none, only after all has been read that other
  /// workers have been asked for until now.
  HerdedConnector* FindNow(const std::string& name, const std::function<bool(const HerdedConnector&)>& looks_done = {});
  /// Until no worker has a task of it; false when that takes too long.
  bool AwaitNoTasks(const std::string& name);
  /// Of one that is stopped: until what its tasks have stored last is known here; false as above.
  bool AwaitLastOffsets(const std::string& name);

  // In distributed_following.cpp.
  /// Brings the herd, and what runs here, to what the cluster says: of what has changed since, or of `all`.
  void Follow(bool all = false);
  /// Now and then everything is looked at, for what nobody tells of.
  void PlanFullLook();
  void FollowConnectors(const cluster::View& view, const cluster::ClusterWorker::Touched& touched);
  void FollowConnector(const std::string& name, const cluster::View& view);
  void FollowTasks(const std::string& name, const cluster::View& view);
  /// A class that is not here may well run elsewhere: only where no worker takes its tasks has the connector FAILED.
  void FollowClass(HerdedConnector& connector, const cluster::Ledger& ledger);
  /// It is FAILED when it has ended too many workers, and none of its tasks.
  void FollowConfinement(HerdedConnector& connector, const cluster::Ledger& ledger);
  /// Tells the others how it is, where they do not know.
  void NoteOwnStatus(const cluster::TaskKey& key, const runtime::TaskRunner& task);
  void TellOfMoves();
  void FollowRunner(HerdedConnector& connector, const cluster::Ledger* ledger);
  bool WatchesSplit(const HerdedConnector& connector) const;
  void End(const std::vector<std::pair<cluster::TaskKey, bool>>& tasks);
  void Begin(const cluster::ClusterWorker::StartOrder& order, const cluster::View& view);
  /// Its owner before may have left a transaction open that nobody ends.
  bool LeavesTransactions(const HerdedConnector& connector, const cluster::LedgerTask& task) const;
  runtime::TaskTerms TermsOf(const cluster::TaskKey& key, bool fences_first = false);
  std::vector<runtime::TaskStatus> Elsewhere(const HerdedConnector& connector, const cluster::Ledger& ledger);

  struct Mine {
    std::shared_ptr<std::atomic<std::uint64_t>> epoch;
    std::shared_ptr<std::atomic<bool>> may_act;  // false: whatever the cluster says
  };
  std::map<cluster::TaskKey, Mine> mine_;
  std::map<std::string, std::uint64_t> asked_with_;  // by connector: the revision of the config that its runner has
  struct AskedSplit {
    std::string id;
    std::uint64_t revision = 0;
    std::vector<RawConfig> shares;
  };
  std::map<std::string, AskedSplit> asked_splits_;  // by connector: the last that the leader was asked for
  std::optional<std::chrono::steady_clock::time_point> waits_to_be_counted_until_;
  std::atomic<bool> follow_posted_ = false;
  std::chrono::steady_clock::time_point looked_at_all_{};
  bool full_look_planned_ = false;
  std::atomic<bool> forgets_notes_ = false;
  base::WorkQueue notes_;
  cluster::ClusterWorker cluster_;  // last: its threads post to the queue
};

}  // namespace framespool::herder
