#pragma once

#include <broker/broker.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "cluster.h"
#include "time_probe.h"

namespace framespool::broker {

/// What the partitions with a reader hold, as last known: asking never waits. Owned by the broker. Refresh() belongs to
/// the watch's thread; the rest may come from any.
class Extents {
 public:
  Extents(Cluster& cluster, TimeProbe& probe) : cluster_(cluster), probe_(probe) {}

  /// Keeps the extent of `source` fresh until as many Forget(). Waits for a first answer; throws as Cluster does.
  void Watch(const TopicPartition& source);
  void Forget(const TopicPartition& source);

  /// `end` is what the caller knows besides, e.g. from its fetches.
  Extent Get(const TopicPartition& source, std::int64_t end = 0) const;
  /// Asks now. Throws as Cluster does.
  Cluster::Range Ask(const TopicPartition& source);
  /// A reader has come across this record.
  void Note(const TopicPartition& source, std::int64_t offset, Timestamp time);
  /// A reader has found no record in [from, end): the marks of transactions stand there. They would look like records
  /// to come to whoever compares a position with the extent.
  void NoteBarren(const TopicPartition& source, std::int64_t from, std::int64_t end);

  /// Asks for all, and for the times that no reader has come across. What cannot be learned now stays as it is.
  void Refresh();

 private:
  struct Known {
    int watchers = 0;
    Cluster::Range range;
    std::optional<std::int64_t> first_time_at;  // the `first` that first_time belongs to
    std::optional<Timestamp> first_time;
    std::int64_t newest = -1;  // the highest offset come across
    std::optional<Timestamp> newest_time;
    std::int64_t barren_from = 0;  // no records in [barren_from, barren_end)
    std::int64_t barren_end = 0;
  };
  void RefreshTimes(const TopicPartition& source, Known known);

  Cluster& cluster_;
  TimeProbe& probe_;
  mutable std::mutex mutex_;
  std::map<TopicPartition, Known> known_;
};

}  // namespace framespool::broker
