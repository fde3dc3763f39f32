#pragma once

#include <broker/broker.h>
#include <broker/worker_groups.h>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client.h"

namespace framespool::broker {

/// Where `time` (ms, or RD_KAFKA_OFFSET_BEGINNING or _END) is in each of `partitions`, in one request to each broker:
/// of a client that reads committed records only the end is that of those. An entry has an error of its own where its
/// partition is not known. Throws as Throw() does.
PartitionList OffsetsOf(const Client& client, std::span<const TopicPartition> partitions, std::int64_t time);

/// What can be asked of a cluster as a whole, through one client of its own. Any thread; every call waits for an
/// answer, a few seconds at most, and throws RetriableError when none comes, BrokerError when Kafka refuses.
class Cluster {
 public:
  Cluster(const ClientConfig& config, const std::shared_ptr<Connection>& connection)
      : config_(config), connection_(connection), client_(RD_KAFKA_CONSUMER, config, connection) {}

  Connection& connection() const noexcept { return client_.connection(); }
  /// Gives a cluster that has not answered yet a moment. Throws RetriableError when it cannot be reached.
  void Require(const std::string& doing) const;

  /// Asks for nothing but an answer. Whether one came; tells the connection.
  bool Probe(std::chrono::milliseconds wait);
  /// Nothing when there is no such topic.
  std::optional<std::int32_t> PartitionCount(const std::string& topic);
  /// Without Kafka's own.
  std::map<std::string, std::int32_t> PartitionCounts();
  /// Does nothing when it is there meanwhile.
  void Create(const TopicSpec& spec);
  /// False when there is none.
  bool Delete(const std::string& topic);
  /// The settings of these topics: those made for the topic, or all that are in force.
  std::map<std::string, std::map<std::string, std::string>> Configs(std::span<const std::string> topics,
                                                                    bool in_force = false);

  struct Range {
    std::int64_t first = 0;
    std::int64_t end = 0;
  };
  /// Those that are known now; a partition without a leader is left out.
  std::map<TopicPartition, Range> Ranges(std::span<const TopicPartition> partitions);
  /// Nothing when no record is as young.
  std::optional<std::int64_t> OffsetAt(const TopicPartition& source, Timestamp time);
  /// A consumer group of any protocol type; an empty one when there is none of that name.
  GroupDescription DescribeGroup(const std::string& group);

 private:
  PartitionList Offsets(std::span<const TopicPartition> partitions, std::int64_t time) const {
    return OffsetsOf(client_, partitions, time);
  }

  const ClientConfig config_;
  const std::shared_ptr<Connection> connection_;
  Client client_;
};

}  // namespace framespool::broker
