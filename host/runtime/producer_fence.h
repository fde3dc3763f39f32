#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include <broker/broker.h>
#include <store/config_store.h>

namespace framespool::runtime {

/// Sees to it that no task of one source connector goes on from a source offset that another one, of an earlier split
/// or an earlier life of the worker, may still commit behind it: before new tasks begin, the producers of those that
/// ended, of task numbers that are gone above all, are shut out. The only task of a connector does that for itself by
/// opening its producer. (Connect's round of zombie fencing.)
class ProducerFence {
 public:
  ProducerFence(std::string connector, broker::Broker& broker, store::ConfigStore& store)
      : connector_(std::move(connector)), broker_(broker), store_(store) {}

  /// Tasks of these numbers are about to begin, of `tasks` in all; any that had one of the numbers, or a higher one,
  /// has ended or was left behind. The herder's thread; no I/O.
  void Demand(const std::set<int>& starting, int tasks);
  /// Does what was demanded, unless it is done. Each task's thread, before it opens a producer: the first to come does
  /// it for all, the others wait for it, or for `stop`. RetriableError when it cannot be done now.
  void Pass(const std::stop_token& stop);

 private:
  void Fence(const std::set<int>& starting, int tasks);

  const std::string connector_;
  broker::Broker& broker_;
  store::ConfigStore& store_;
  std::mutex mutex_;
  std::condition_variable_any left_;
  bool demanded_ = false;
  bool under_way_ = false;
  std::set<int> starting_;
  int tasks_ = 0;
};

}  // namespace framespool::runtime
