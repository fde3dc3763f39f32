#pragma once

#include <broker/broker.h>

#include <memory>
#include <string>
#include <vector>

#include "cluster.h"

namespace framespool::broker {

/// The compacted topic of source offsets, laid out as Kafka Connect does: key ["connector",{partition}], value
/// {offset}. Owned by the broker; any thread.
class OffsetsTopic {
 public:
  /// `consumer` reads to the end with read_committed and tells where the end is.
  OffsetsTopic(Cluster& cluster, TopicSpec spec, ClientConfig consumer, std::shared_ptr<Connection> connection)
      : cluster_(cluster), spec_(std::move(spec)), consumer_(std::move(consumer)), connection_(std::move(connection)) {}

  const std::string& name() const noexcept { return spec_.name; }
  /// Creates it, or throws BrokerError when the one that is there is not compacted.
  void Require();
  /// The offsets of one connector. Waits for the transactions that are open there. An offset that was taken back (a
  /// tombstone) is an empty one.
  std::vector<SourceOffset> Read(const std::string& connector);

  /// The header that carries an offset's sequence.
  static constexpr const char* kSequenceHeader = "framespool.sequence";
  static std::string KeyOf(const std::string& connector, const Fields& partition);

 private:
  Cluster& cluster_;
  const TopicSpec spec_;
  const ClientConfig consumer_;
  const std::shared_ptr<Connection> connection_;
};

}  // namespace framespool::broker
