#pragma once

#include <base/meters.h>
#include <framespool/record.h>

namespace framespool::runtime {

/// What a task's runner counts of its own work, besides what the task reports (Fields): live, and since the task began.
/// The runner's threads count; any thread reads.
struct TaskMeters {
  // How long calls took. Poll() and Put() are the plugin's.
  base::Histogram poll;
  base::Histogram append;  // Producer::Append(): the embedded log has written then, Kafka's producer has taken
  base::Histogram put;
  base::Histogram commit;  // of a sink: PreCommit(), and its offsets stored

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
