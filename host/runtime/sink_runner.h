#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <runtime/task_runner.h>

#include "dead_letters.h"
#include "error_tolerance.h"
#include "partition_shares.h"
#include "record_stages.h"
#include "sink_context.h"

namespace framespool::runtime {

/// Open -> (read -> transform -> Put -> PreCommit -> commit) -> Close. It follows what its task is to read while it
/// runs: partitions that come are opened, those that go to another task are committed and closed; the rest is read on.
class SinkRunner final : public TaskRunner {
 public:
  /// `plugins` has what the config names as transforms and converters; null where that is not looked at. `shares` is
  /// that of all tasks of the connector, which look every `look_interval` for partitions that have come.
  SinkRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open, broker::Broker& broker,
             store::OffsetStore& offsets, std::chrono::milliseconds commit_interval,
             plugins::PluginRegistry* plugins = nullptr,
             std::shared_ptr<PartitionShares> shares = std::make_shared<PartitionShares>(),
             std::chrono::milliseconds look_interval = kLookInterval)
      : TaskRunner(std::move(identity), std::move(listener), std::move(config), std::move(open)),
        broker_(broker),
        offsets_(offsets),
        commit_interval_(commit_interval),
        plugins_(plugins),
        shares_(std::move(shares)),
        look_interval_(look_interval),
        tolerance_(common(), this->identity().logger()) {
    LimitPauses(tolerance_.longest_delay());
  }

 protected:
  void Execute(const plugins::Plugin& plugin, std::stop_token stop) override;
  void ReadConfig() override {
    tolerance_ = ErrorTolerance(common(), identity().logger());
    LimitPauses(tolerance_.longest_delay());
  }

 private:
  static constexpr std::chrono::seconds kLookInterval{30};

  struct Input {
    std::int64_t delivered = 0;  // Put() took everything before this offset
    std::int64_t committed = 0;
    bool placed = false;  // else it begins where the consumer's settings say
  };
  void Loop(SinkTask& task, SinkContext& context, PartitionShares::Member& member, const std::stop_token& stop);
  /// What partitions there are; throws RetriableError while topics that are named have none.
  void Look(SinkContext& context);
  PartitionShares::Partitions OfNamed(SinkContext& context);
  PartitionShares::Partitions OfPattern();
  /// While it reads: what cannot be told now is asked for later.
  void LookAgain(SinkContext& context);
  /// Reads what the task is to read, as far as nobody else still does; false when stopped meanwhile.
  bool Follow(SinkTask& task, SinkContext& context, PartitionShares::Member& member, const std::stop_token& stop);
  /// A consumer of what the task has, `gained` besides what it read before, and the sink is told of that.
  void OpenInputs(SinkTask& task, SinkContext& context, const PartitionShares::Partitions& gained);
  void CloseInputs(SinkTask& task, const PartitionShares::Partitions& lost);
  void Seek(SinkContext& context);
  void Deliver(SinkTask& task, SinkContext& context, const std::stop_token& stop);
  /// Leaves in `records` what goes on to the sink; false when stopped meanwhile.
  bool Transform(SinkContext& context, std::vector<SinkRecord>& records, const std::stop_token& stop);
  /// Counts the record and sends it to the dead letter topic; false when stopped meanwhile.
  bool LeaveOut(SinkContext& context, DeadLetter letter, const std::stop_token& stop);
  /// Sends those that the sink has rejected; false when stopped meanwhile.
  bool SendRejected(SinkContext& context, const std::stop_token& stop);
  /// And returns when all letters are in their topic, or false when stopped meanwhile.
  bool DeliverLetters(SinkContext& context, const std::stop_token& stop);
  /// Until the sink has taken the records or they are left out; false when stopped meanwhile.
  bool Put(SinkTask& task, SinkContext& context, std::span<const SinkRecord> records, const std::stop_token& stop);
  /// Tells how many records are delivered and not committed.
  void NoteActive();
  /// What the sink says of what it took.
  void Commit(SinkTask& task, SinkContext& context, const std::stop_token& stop);

  broker::Broker& broker_;
  store::OffsetStore& offsets_;
  const std::chrono::milliseconds commit_interval_;
  plugins::PluginRegistry* const plugins_;
  const std::shared_ptr<PartitionShares> shares_;
  const std::chrono::milliseconds look_interval_;
  PartitionShares::Partitions found_;  // when it last looked
  std::chrono::steady_clock::time_point next_look_;
  std::uint64_t followed_ = 0;  // the revision of the shares with which nothing was left to follow
  ErrorTolerance tolerance_;
  RecordStages stages_;
  std::optional<DeadLetters> dead_letters_;
  std::span<const SinkRecord> batch_;  // as the sink gets it
  std::vector<SinkRecord> originals_;  // of the batch, where stages may have changed it and letters are wanted
  std::int64_t records_filtered_ = 0;
  std::unique_ptr<broker::Consumer> consumer_;
  std::map<TopicPartition, Input> inputs_;  // what the consumer was opened for
  std::int64_t records_ = 0;
};

}  // namespace framespool::runtime
