#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_topic.h"
#include "framespool/connector.h"

namespace framespool::fakes {

/// What the worker gives a view, around one FakeTopic. Keeps what the task logs and reports.
class FakeViewContext final : public ViewContext {
 public:
  explicit FakeViewContext(FakeTopic& topic, std::string connector = "screen")
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
  std::shared_ptr<Histogram> HistogramOf(const std::string& metric) override {
    const std::lock_guard lock(mutex_);
    auto& histogram = histograms_[metric];
    if (histogram == nullptr) histogram = std::make_shared<Histogram>();
    return histogram;
  }
  AccessGate* access() const noexcept override { return gate_; }
  TlsServer* tls() const noexcept override { return tls_; }
  /// Before a view is made; null: the worker has no users.
  void SetAccess(AccessGate* gate) { gate_ = gate; }
  void SetTls(TlsServer* tls) { tls_ = tls; }
  const std::vector<std::string>& topics() const noexcept override { return topics_; }
  std::int32_t Partitions(const std::string&) override { return topic_.partitions(); }
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override {
    return topic_.Open(source.partition);
  }
  bool paused() const override { return paused_; }
  /// Readers that are open deliver on; a test that pauses asks for what does not get so far.
  void SetPaused(bool paused) { paused_ = paused; }
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
  AccessGate* gate_ = nullptr;
  TlsServer* tls_ = nullptr;
  std::atomic<bool> paused_ = false;
  mutable std::mutex mutex_;
  std::vector<std::pair<LogLevel, std::string>> log_;
  Fields metrics_;
  std::map<std::string, std::shared_ptr<Histogram>> histograms_;
  std::map<std::int64_t, std::string> rejected_;
};

}  // namespace framespool::fakes
