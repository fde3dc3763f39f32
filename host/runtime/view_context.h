#pragma once

#include <memory>
#include <string>

#include "consumer_context.h"

namespace framespool::runtime {

/// What a view sees of the worker. Owned by the view's runner; any of the view's threads.
class ViewContextOfTask final : public ConsumerContextOf<ViewContext> {
 public:
  using ConsumerContextOf::ConsumerContextOf;

  /// The reader delivers nothing while the task is paused.
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override;
  void CommitOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) override {
    StoreOffset(group, source, offset);
  }
};

}  // namespace framespool::runtime
