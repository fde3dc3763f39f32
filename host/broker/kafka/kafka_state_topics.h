#pragma once

#include <broker/state_topics.h>
#include <broker_kafka/kafka_broker.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client.h"
#include "cluster.h"
#include "sequence.h"
#include "state_table.h"
#include "state_writer.h"

namespace framespool::broker {

/// Compacted topics, followed by one client on the thread "kafka-state", which begins with the first Open(). Owned by
/// the broker.
class KafkaStateTopics final : public StateTopics {
 public:
  KafkaStateTopics(Cluster& cluster, const KafkaOptions& options, std::shared_ptr<Connection> connection,
                   Sequence& sequence);
  ~KafkaStateTopics() override;
  KafkaStateTopics(const KafkaStateTopics&) = delete;
  KafkaStateTopics& operator=(const KafkaStateTopics&) = delete;

  void Open(const StateTopicSpec& spec, std::chrono::milliseconds wait) override;
  void StopTelling(const std::string& topic) override;
  void ReadToEnd(const std::string& topic, std::chrono::milliseconds wait) override;
  std::int64_t ReadUpTo(const std::string& topic) const override;
  std::optional<StateRecord> Find(const std::string& topic, const std::string& key) const override;
  std::vector<StateRecord> All(const std::string& topic, const std::string& prefix) const override;
  void Claim(const std::string& writer, std::chrono::milliseconds wait) override;
  void Write(std::span<const StateWrite> writes, std::chrono::milliseconds wait) override;
  std::unique_ptr<StateClaim> ClaimAs(const std::string& writer, std::chrono::milliseconds wait) override;

  /// What stands in StateWriter::kWriterHeader of what this process writes.
  const std::string& process() const noexcept { return process_; }
  /// The worker's key that names an open topic; "" for others.
  std::string SettingOf(const std::string& topic) const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Followed {
    std::string setting;
    StateTable table;
    TopicHandle handle;
    std::vector<std::int64_t> next;  // by partition: all before it is in the table
    bool was_read = false;           // to its end, once
    std::string problem;             // it has lost what it had
    bool is_log = false;
    std::function<void(const ReadRecord&)> on_read;
  };
  void Require(const StateTopicSpec& spec);
  /// Has the client fetch the topic.
  void Follow(const StateTopicSpec& spec);
  /// Throws BrokerError for one that is not open.
  std::size_t PartitionsOf(const std::string& topic) const;
  void ReadCommitted(const std::string& topic, std::chrono::milliseconds wait);
  /// Until the table has all before these offsets, by partition.
  void Await(const std::string& topic, const std::vector<std::int64_t>& ends, Clock::time_point deadline);
  /// In the lock.
  static void NoteLoss(const std::string& name, Followed& topic, const std::string& why);
  void Take(const rd_kafka_message_t& message);
  /// To a topic that is open: tells of what it has, and of what comes.
  void Attach(const std::string& topic, const std::function<void(const ReadRecord&)>& on_read);
  StateRecord RecordOf(const rd_kafka_message_t& message) const;
  void Work(const std::stop_token& stop);

  Cluster& cluster_;
  const KafkaOptions options_;
  const std::shared_ptr<Connection> connection_;
  Sequence& sequence_;
  const std::string process_;
  std::mutex opening_;  // one topic after the other
  std::mutex telling_;  // each record is told of once: before mutex_
  std::unique_ptr<Client> client_;
  rd_kafka_queue_t* queue_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Followed> topics_;
  std::mutex writing_;
  StateWriter writer_;
  std::jthread thread_;
};

}  // namespace framespool::broker
