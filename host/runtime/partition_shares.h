#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include <framespool/record.h>
#include <runtime/effect_gate.h>

namespace framespool::runtime {

/// Which task of a sink reads which partitions of its topics. When tasks or partitions come or go, as few partitions
/// move as keeps the shares even; one that moves is given up by the task that has it, and taken up by the other when
/// nobody has it any more, while all the rest is read on: there is no rebalance that stops everybody. Shared by the
/// tasks of one connector; any thread. No I/O.
class PartitionShares {
 public:
  using Partitions = std::set<TopicPartition>;

  /// Grows with each change of what tasks are to read and may take up.
  std::uint64_t revision() const noexcept { return revision_; }

  /// There are tasks of the numbers below `tasks`.
  void SetTasks(std::size_t tasks);
  /// The same where not all of them run in this process: which partition is whose then follows from their numbers
  /// alone, so that all processes say the same. None moves unless the number of tasks changes.
  void SetTasksEverywhere(std::size_t tasks);
  /// There are these partitions, as somebody has found.
  void SetPartitions(Partitions partitions);

  /// One task, as long as it runs: what it has it gives up at its end, or when its gate is shut.
  class Member {
   public:
    Member(PartitionShares& shares, std::size_t task, const EffectGate& gate)
        : shares_(shares), task_(task), gate_(gate) {}
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    ~Member() { GiveUp(held_); }

    /// What it is to read, whoever has it now.
    Partitions Wanted() const;
    const Partitions& held() const noexcept { return held_; }
    void GiveUp(const Partitions& partitions);
    /// Of what it is to read that which nobody has; from now on it has that.
    Partitions TakeUp();

   private:
    PartitionShares& shares_;
    const std::size_t task_;
    const EffectGate& gate_;
    Partitions held_;
  };

 private:
  /// Under the lock.
  void Even();

  std::atomic<std::uint64_t> revision_ = 1;  // written under the lock
  std::mutex mutex_;
  Partitions partitions_;
  bool everywhere_ = false;
  std::vector<Partitions> wanted_{1};  // by task
  std::map<TopicPartition, const EffectGate*> holders_;
};

}  // namespace framespool::runtime
