#pragma once

#include <broker/worker_groups.h>
#include <broker_kafka/kafka_broker.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "client.h"
#include "cluster.h"

namespace framespool::broker {

/// A member of a consumer group by the classic protocol: `range`, so that who owns the first partition is told by it.
/// What it is assigned it never fetches.
class KafkaGroupMembership final : public GroupMembership {
 public:
  /// `make_topic` is called on the thread of Poll() when somebody has deleted the group's topic, and may wait.
  KafkaGroupMembership(const KafkaOptions& options, std::shared_ptr<Connection> connection, const GroupSpec& spec,
                       std::function<void()> make_topic);
  ~KafkaGroupMembership() override;
  KafkaGroupMembership(const KafkaGroupMembership&) = delete;
  KafkaGroupMembership& operator=(const KafkaGroupMembership&) = delete;

  std::optional<MembershipProof> Poll(std::chrono::milliseconds wait) override;
  std::string member_id() const override;
  bool has_first_partition() const override { return has_first_; }
  void Leave() override;
  bool is_replaced() const override;
  void Prove(std::chrono::milliseconds now) override;

 private:
  static void OnRebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                          void* opaque);
  static void OnCommit(rd_kafka_t* handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* offsets,
                       void* opaque);
  void Rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions);
  void Subscribe();
  void MakeTopicAgain();

  const std::string group_;
  const std::string topic_;
  const std::function<void()> make_topic_;
  std::unique_ptr<Client> client_;
  rd_kafka_queue_t* outcomes_ = nullptr;  // of commits
  std::string assigned_as_;               // the member id of the last assignment
  bool has_first_ = false;
  std::optional<MembershipProof> under_way_;
  std::optional<MembershipProof> outcome_;
  bool is_topic_gone_ = false;
  std::chrono::steady_clock::time_point make_next_;
  std::optional<std::chrono::steady_clock::time_point> gone_since_;  // known where new topics are mistaken
  std::string told_;                                                 // the last reason why it could not be made
};

class KafkaWorkerGroups final : public WorkerGroups {
 public:
  KafkaWorkerGroups(Cluster& cluster, const KafkaOptions& options, std::shared_ptr<Connection> connection)
      : cluster_(cluster), options_(options), connection_(std::move(connection)) {}

  std::unique_ptr<GroupMembership> Join(const GroupSpec& spec) override;
  GroupDescription Describe(const std::string& group) override { return cluster_.DescribeGroup(group); }
  /// Whether members of a group that this worker has joined subscribe to `topic`.
  bool MeetAt(const std::string& topic) const {
    const std::lock_guard lock(mutex_);
    return topics_.contains(topic);
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> topics_;
  Cluster& cluster_;
  const KafkaOptions options_;
  const std::shared_ptr<Connection> connection_;
};

}  // namespace framespool::broker
