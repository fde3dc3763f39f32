#pragma once

#include <memory>
#include <string>
#include <utility>

#include "framespool/connector.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// The topic of one sink, for all who open tracks of it. Owned by the task; outlives them. Any thread.
///
/// Each jump opens a track of its own: a Kafka reader that is told another place waits up to a second for the fetch
/// under way, which takes longer than to open one.
class TopicSource {
 public:
  TopicSource(SinkTaskContext& context, std::string topic) : context_(context), topic_(std::move(topic)) {}

  const std::string& topic() const { return topic_; }
  SinkTaskContext& context() const { return context_; }
  /// May wait for I/O and throw what the broker throws.
  std::unique_ptr<Track> Open(const std::string& key) const { return std::make_unique<Track>(context_, topic_, key); }

 private:
  SinkTaskContext& context_;
  const std::string topic_;
};

}  // namespace framespool::mjpeg
