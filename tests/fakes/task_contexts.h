#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <framespool/connector.h>

namespace framespool {

/// What a connector's unit test gives its task in place of the worker. Remembers what the task said; any thread.
template <class Context>
class FakeContext : public Context {
 public:
  explicit FakeContext(std::string connector) : connector_(std::move(connector)) {}

  const std::string& connector() const noexcept override { return connector_; }
  int task() const noexcept override { return 0; }
  void Log(LogLevel, std::string_view message) override {
    const std::scoped_lock lock(mutex_);
    log_ += std::string(message) + "\n";
  }
  void ReportMetrics(const Fields& metrics) override {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, value] : metrics) metrics_[name] = value;
  }

  std::string log() const {
    const std::scoped_lock lock(mutex_);
    return log_;
  }
  Fields metrics() const {
    const std::scoped_lock lock(mutex_);
    return metrics_;
  }

 private:
  const std::string connector_;
  mutable std::mutex mutex_;
  std::string log_;
  Fields metrics_;
};

class FakeSourceContext : public FakeContext<SourceTaskContext> {
 public:
  using FakeContext::FakeContext;
  std::optional<Fields> StoredOffset(const Fields& source_partition) override {
    const auto found = offsets.find(source_partition);
    return found == offsets.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<Fields, Fields> offsets;
};

/// For a sink; it has no broker behind it.
class FakeSinkContext : public FakeContext<SinkTaskContext> {
 public:
  FakeSinkContext(std::string connector, std::vector<std::string> topics)
      : FakeContext(connector), topics_(std::move(topics)), group_("connect-" + connector) {}

  const std::vector<std::string>& topics() const noexcept override { return topics_; }
  std::vector<TopicPartition> Assignment() override {
    std::vector<TopicPartition> assignment;
    for (const std::string& topic : topics_) assignment.push_back({topic, 0});
    return assignment;
  }
  std::int32_t Partitions(const std::string&) override { return 1; }
  void PauseConsumption() override { paused = true; }
  void ResumeConsumption() override { paused = false; }
  void Seek(const TopicPartition& source, std::int64_t offset) override { seeks[source] = offset; }
  void RequestCommit() override { ++commit_requests; }
  const std::string& group() const noexcept override { return group_; }
  std::optional<std::int64_t> CommittedOffset(const std::string& group, const TopicPartition& source) override {
    const auto found = committed.find({group, source});
    return found == committed.end() ? std::nullopt : std::optional(found->second);
  }
  void Reject(const SinkRecord& record, Problem) override { rejected.push_back(record.offset); }

  bool paused = false;
  int commit_requests = 0;
  std::map<TopicPartition, std::int64_t> seeks;
  std::map<std::pair<std::string, TopicPartition>, std::int64_t> committed;
  std::vector<std::int64_t> rejected;

 private:
  const std::vector<std::string> topics_;
  const std::string group_;
};

}  // namespace framespool
