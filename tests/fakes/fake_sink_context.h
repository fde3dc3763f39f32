#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_topic.h"
#include "framespool/connector.h"

namespace framespool::fakes {

/// What the worker gives a sink task, around one FakeTopic. Keeps what the task logs and reports.
class FakeSinkContext final : public SinkTaskContext {
 public:
  explicit FakeSinkContext(FakeTopic& topic, std::string connector = "screen")
      : topic_(topic), connector_(std::move(connector)), group_("connect-" + connector_), topics_{topic.name()} {}

  const std::string& connector() const noexcept override { return connector_; }
  int task() const noexcept override { return 0; }
  void Log(LogLevel level, std::string_view message) override {
    const std::lock_guard lock(mutex_);
    log_.emplace_back(level, message);
  }
  void ReportMetrics(const Fields& metrics) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, value] : metrics) metrics_[name] = value;
  }
  const std::vector<std::string>& topics() const noexcept override { return topics_; }
  std::vector<TopicPartition> Assignment() override {
    std::vector<TopicPartition> assigned;
    for (int partition = 0; partition < topic_.partitions(); ++partition)
      assigned.push_back({topic_.name(), partition});
    return assigned;
  }
  std::int32_t Partitions(const std::string&) override { return topic_.partitions(); }
  void PauseConsumption() override { paused_ = true; }
  void ResumeConsumption() override { paused_ = false; }
  void Seek(const TopicPartition&, std::int64_t) override {}
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override {
    return topic_.Open(source.partition);
  }
  const std::string& group() const noexcept override { return group_; }
  std::optional<std::int64_t> CommittedOffset(const std::string& group, const TopicPartition& source) override {
    return topic_.Committed(group, source.partition);
  }
  void CommitOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) override {
    topic_.Commit(group, source.partition, offset);
  }
  void Reject(const SinkRecord& record, Problem problem) override {
    const std::lock_guard lock(mutex_);
    rejected_[record.offset] = problem.message;
  }

  bool paused() const { return paused_; }
  /// By offset: why.
  std::map<std::int64_t, std::string> rejected() const {
    const std::lock_guard lock(mutex_);
    return rejected_;
  }
  Fields metrics() const {
    const std::lock_guard lock(mutex_);
    return metrics_;
  }
  /// True when a message of `level` contains `text`.
  bool Logged(LogLevel level, std::string_view text) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [each, message] : log_) {
      if (each == level && message.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  FakeTopic& topic_;
  const std::string connector_;
  const std::string group_;
  const std::vector<std::string> topics_;
  bool paused_ = false;
  mutable std::mutex mutex_;
  std::vector<std::pair<LogLevel, std::string>> log_;
  Fields metrics_;
  std::map<std::int64_t, std::string> rejected_;
};

}  // namespace framespool::fakes
