#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include <base/work_queue.h>
#include <broker/broker.h>
#include <produce/record_writing.h>

namespace framespool::produce {

/// Writes on a thread of its own ("record-writer"), each record with a producer that it opens for it: nobody writes by
/// hand so often that keeping one would pay. Owned by main; the broker outlives it.
class RecordWriter final : public RecordWriting {
 public:
  /// `patience`: how long a broker may take to confirm a record.
  explicit RecordWriter(broker::Broker& broker, std::chrono::milliseconds patience = std::chrono::seconds(10))
      : broker_(broker), patience_(patience) {}

  void Post(std::function<void()> work) override { queue_.Post(std::move(work)); }
  base::Outcome<WrittenRecord> Write(NewRecord record) override;

  /// Ends the wait that is under way; what comes afterwards is refused. Any thread.
  void Stop() { stop_.request_stop(); }

 private:
  base::Outcome<WrittenRecord> Append(SourceRecord record);
  /// Whether one of the newest records needs those before it, so that readers must be told where they can begin.
  bool IsMarked(const broker::TopicInfo& topic, const std::optional<std::int32_t>& partition);

  broker::Broker& broker_;
  const std::chrono::milliseconds patience_;
  std::stop_source stop_;
  base::WorkQueue queue_{"record-writer"};  // last: its thread uses the others
};

}  // namespace framespool::produce
