#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "consumer_context.h"
#include "record_stages.h"

namespace framespool::runtime {

/// What a view sees of the worker. Owned by the view's runner; any of the view's threads.
class ViewContextOfTask final : public ConsumerContextOf<ViewContext> {
 public:
  using ConsumerContextOf::ConsumerContextOf;

  /// Records of readers that are opened from now on pass what `make` makes, each reader's its own. Any thread calls it.
  void PassThrough(std::function<RecordStages()> make) { make_stages_ = std::move(make); }

  /// The reader delivers nothing while the task is paused.
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override;
  bool paused() const override { return state().paused(); }
  /// Not past a record that fails the task: it comes again when that is restarted.
  void CommitOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) override;

 private:
  std::function<RecordStages()> make_stages_;  // none: they pass as they are
};

}  // namespace framespool::runtime
