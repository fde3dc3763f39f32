#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <broker/broker.h>
#include <framespool/connector.h>
#include <runtime/broker_topics.h>

namespace framespool::runtime {

/// What every source gets that is made by this worker, by a runner or by the probe: topics as the broker has them, read
/// with the settings of its connector. `broker` outlives it; called on the source's own thread.
class SourceContext : public SourceTaskContext {
 public:
  std::int32_t Partitions(const std::string& topic) final { return PartitionsOf(broker_, topic); }
  std::unique_ptr<TopicConsumer> OpenConsumer(std::span<const TopicPartition> sources) final {
    for (const TopicPartition& source : sources) read_.insert(source.topic);
    return broker_.OpenConsumer(sources, reader_);
  }

  /// Whether the source has opened a consumer of `topic`.
  bool Reads(const std::string& topic) const { return read_.contains(topic); }

 protected:
  SourceContext(broker::Broker& broker, broker::ClientSettings reader) : broker_(broker), reader_(std::move(reader)) {}

 private:
  broker::Broker& broker_;
  const broker::ClientSettings reader_;
  std::set<std::string> read_;
};

}  // namespace framespool::runtime
