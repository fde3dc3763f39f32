#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framespool/connector.h"

namespace framespool::fakes {

/// The worker's side of a source task, for a connector's own tests: keeps what the task logs and reports, and answers
/// stored offsets. Safe from any thread.
class FakeSourceContext final : public SourceTaskContext {
 public:
  struct Line {
    LogLevel level;
    std::string text;
  };

  explicit FakeSourceContext(std::string connector = "a-source", int task = 0)
      : connector_(std::move(connector)), task_(task) {}

  const std::string& connector() const noexcept override { return connector_; }
  int task() const noexcept override { return task_; }

  void Log(LogLevel level, std::string_view message) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back({level, std::string(message)});
  }

  void ReportMetrics(const Fields& metrics) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, value] : metrics) metrics_[name] = value;
  }

  std::optional<Fields> StoredOffset(const Fields& source_partition) override {
    const std::lock_guard lock(mutex_);
    const auto found = offsets_.find(source_partition);
    return found == offsets_.end() ? std::nullopt : std::optional(found->second);
  }

  std::int32_t Partitions(const std::string&) override { return 0; }
  std::unique_ptr<TopicConsumer> OpenConsumer(std::span<const TopicPartition>) override {
    throw std::logic_error("this context has no topics");
  }

  /// What the worker does once `record` is in the topic.
  void Store(const SourceRecord& record) { Store(record.source_partition, record.source_offset); }
  void Store(const Fields& source_partition, const Fields& offset) {
    const std::lock_guard lock(mutex_);
    offsets_[source_partition] = offset;
  }

  std::vector<Line> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  /// The lines of `level` that contain `part`.
  std::vector<std::string> Lines(LogLevel level, std::string_view part = "") const {
    std::vector<std::string> found;
    for (const Line& line : lines()) {
      if (line.level == level && line.text.find(part) != std::string::npos) found.push_back(line.text);
    }
    return found;
  }
  Fields metrics() const {
    const std::lock_guard lock(mutex_);
    return metrics_;
  }

 private:
  const std::string connector_;
  const int task_;
  mutable std::mutex mutex_;
  std::vector<Line> lines_;
  Fields metrics_;
  std::map<Fields, Fields> offsets_;
};

}  // namespace framespool::fakes
