#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <base/meters.h>
#include <framespool/record.h>

namespace framespool::runtime {

/// The histograms that a task's plugin records to, by the names of its metrics. Any thread; the lock is for the map
/// alone.
class PluginHistograms {
 public:
  /// As many as a task may have metrics; what comes with ever new names is kept by its plugin alone.
  static constexpr std::size_t kMost = 1000;

  std::shared_ptr<base::Histogram> Of(const std::string& metric) {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(metric);
    if (found != by_name_.end()) return found->second;
    auto histogram = std::make_shared<base::Histogram>();
    if (by_name_.size() < kMost) by_name_.emplace(metric, histogram);
    return histogram;
  }
  /// Null: the plugin has not asked for it.
  std::shared_ptr<const base::Histogram> Find(const std::string& metric) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_name_.find(metric);
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<base::Histogram>> by_name_;
};

/// What a task's runner counts of its own work, besides what the task reports (Fields): live, and since the task began.
/// The runner's threads count; any thread reads.
struct TaskMeters {
  // How long calls took. Poll() and Put() are the plugin's.
  base::Histogram poll;
  base::Histogram append;  // Producer::Append(): the embedded log has written then, Kafka's producer has taken
  base::Histogram put;
  base::Histogram commit;  // of a sink: PreCommit(), and its offsets stored

  PluginHistograms plugin;  // what it times itself

  base::Counter records_in;   // polled of the source, or read from topics; before the chain
  base::Counter records_out;  // behind the chain: in the topic, or taken by Put()
  base::Counter batches;      // that had a record
  base::Gauge largest_batch;  // since it was last taken
  base::Gauge active;         // records in, of which it is not settled yet what became of them
  // Of a sink:
  base::Gauge partitions;   // that it has
  base::Gauge longest_lag;  // of one of them, in records

  base::Counter errors;    // what was tried and went wrong
  base::Counter failures;  // what stayed so
  base::Counter skipped;   // records left out, as errors.tolerance says
  base::Counter retries;
  base::Gauge last_error_ms;  // since 1970; 0: none

  void NoteBatch(std::size_t records) noexcept {
    if (records == 0) return;
    records_in.Add(static_cast<std::int64_t>(records));
    batches.Add();
    largest_batch.RaiseTo(static_cast<std::int64_t>(records));
  }
  void NoteRetry() noexcept {
    retries.Add();
    NoteError();
  }
  void NoteFailure() noexcept {
    failures.Add();
    NoteError();
  }
  void NoteSkipped() noexcept {
    skipped.Add();
    NoteFailure();
  }

 private:
  void NoteError() noexcept {
    errors.Add();
    last_error_ms.Set(Now().time_since_epoch().count());
  }
};

}  // namespace framespool::runtime
