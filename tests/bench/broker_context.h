#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <broker/broker.h>
#include <framespool/connector.h>

namespace framespool::bench {

/// What a view on one topic of one partition needs of a worker, straight from the broker.
class BrokerContext final : public ViewContext {
 public:
  BrokerContext(broker::Broker& broker, std::string topic) : broker_(broker), topics_{std::move(topic)} {}
  const std::string& connector() const noexcept override { return name_; }
  int task() const noexcept override { return 0; }
  void Log(LogLevel, std::string_view) override {}
  void ReportMetrics(const Fields&) override {}
  const std::vector<std::string>& topics() const noexcept override { return topics_; }
  std::int32_t Partitions(const std::string&) override { return 1; }
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override { return broker_.OpenReader(source); }
  const std::string& group() const noexcept override { return name_; }
  std::optional<std::int64_t> CommittedOffset(const std::string&, const TopicPartition&) override { return {}; }
  void CommitOffset(const std::string&, const TopicPartition&, std::int64_t) override {}
  void Reject(const SinkRecord&, Problem) override {}

 private:
  broker::Broker& broker_;
  const std::string name_ = "bench";
  const std::vector<std::string> topics_;
};

}  // namespace framespool::bench
