#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
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

/// Topics in memory, by partition; the consumer reads what is there and waits for nothing.
using FakeTopics = std::map<TopicPartition, std::vector<SinkRecord>>;

class FakeConsumer final : public TopicConsumer {
 public:
  /// Both stay the caller's.
  FakeConsumer(const FakeTopics& topics, std::span<const TopicPartition> sources) : topics_(topics) {
    for (const TopicPartition& source : sources) places_[source] = 0;
  }
  Extent ExtentOf(const TopicPartition& source) override {
    return {0, static_cast<std::int64_t>(topics_.at(source).size()), {}, {}};
  }
  void Seek(const TopicPartition& source, std::int64_t offset) override { places_.at(source) = offset; }
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t /*max_bytes*/, std::chrono::milliseconds /*wait*/,
                               std::stop_token /*stop*/) override {
    std::vector<SinkRecord> records;
    for (auto& [source, place] : places_) {
      const auto& log = topics_.at(source);
      while (records.size() < max_records && place < static_cast<std::int64_t>(log.size()))
        records.push_back(log[static_cast<std::size_t>(place++)]);
    }
    return records;
  }

 private:
  const FakeTopics& topics_;
  std::map<TopicPartition, std::int64_t> places_;
};

class FakeSourceContext : public FakeContext<SourceTaskContext> {
 public:
  using FakeContext::FakeContext;
  std::int32_t Partitions(const std::string& topic) override {
    return static_cast<std::int32_t>(
        std::count_if(topics.begin(), topics.end(), [&](const auto& each) { return each.first.topic == topic; }));
  }
  std::unique_ptr<TopicConsumer> OpenConsumer(std::span<const TopicPartition> sources) override {
    return std::make_unique<FakeConsumer>(topics, sources);
  }
  std::optional<Fields> StoredOffset(const Fields& source_partition) override {
    const auto found = offsets.find(source_partition);
    return found == offsets.end() ? std::nullopt : std::optional(found->second);
  }

  std::map<Fields, Fields> offsets;
  FakeTopics topics;
};

/// For what a connector has besides its tasks: topics as the test says, and its last split. Any thread.
class FakeConnectorContext final : public ConnectorContext {
 public:
  explicit FakeConnectorContext(std::string connector) : connector_(std::move(connector)) {}

  const std::string& connector() const noexcept override { return connector_; }
  void Log(LogLevel, std::string_view message) override {
    const std::scoped_lock lock(mutex_);
    log_ += std::string(message) + "\n";
  }
  std::vector<RawConfig> LastSplit() const override {
    const std::scoped_lock lock(mutex_);
    return split_;
  }
  std::map<std::string, std::int32_t> Topics() override {
    const std::scoped_lock lock(mutex_);
    if (away_) throw RetriableError("the broker is away, said the test");
    return topics_;
  }
  std::int32_t Partitions(const std::string& topic) override {
    const auto topics = Topics();
    const auto found = topics.find(topic);
    return found == topics.end() ? 0 : found->second;
  }
  void RequestTaskReconfiguration() override {
    const std::scoped_lock lock(mutex_);
    ++requests_;
  }
  void RaiseError(std::string_view why) override { Log(LogLevel::kError, why); }

  void SetTopics(std::map<std::string, std::int32_t> topics) {
    const std::scoped_lock lock(mutex_);
    topics_ = std::move(topics);
  }
  void SetAway(bool away) {
    const std::scoped_lock lock(mutex_);
    away_ = away;
  }
  void SetSplit(std::vector<RawConfig> split) {
    const std::scoped_lock lock(mutex_);
    split_ = std::move(split);
  }
  /// How often a new split was asked for.
  int requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
  }
  std::string log() const {
    const std::scoped_lock lock(mutex_);
    return log_;
  }

 private:
  const std::string connector_;
  mutable std::mutex mutex_;
  std::map<std::string, std::int32_t> topics_;
  std::vector<RawConfig> split_;
  bool away_ = false;
  int requests_ = 0;
  std::string log_;
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
