#pragma once

#include <broker/broker.h>
#include <broker/state_topics.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace framespool::broker {

/// The compacted topic of source offsets, laid out as Kafka Connect does: see base/source_offset_json.h. All producers
/// share one view of it. Owned by the broker; any thread.
class OffsetsTopic {
 public:
  /// `by_place`: sequences of what Read() finds say what was written later; otherwise they are those that it was
  /// written with, which the worker's own database orders by.
  OffsetsTopic(StateTopics& topics, StateTopicSpec spec, bool by_place)
      : topics_(topics), spec_(std::move(spec)), by_place_(by_place) {}

  const StateTopicSpec& spec() const noexcept { return spec_; }
  const std::string& name() const noexcept { return spec_.topic.name; }
  /// Creates it, or throws BrokerError when the one that is there is not compacted.
  void Require();

  struct Found {
    SourceOffset offset;
    StateRecord record;
  };
  /// The offsets of one connector. Waits for the transactions that are open there. An offset that was taken back (a
  /// tombstone) is an empty one.
  std::vector<Found> Read(const std::string& connector);

  /// The header that carries an offset's sequence.
  static constexpr const char* kSequenceHeader = "framespool.sequence";

 private:
  StateTopics& topics_;
  const StateTopicSpec spec_;
  const bool by_place_;
};

}  // namespace framespool::broker
