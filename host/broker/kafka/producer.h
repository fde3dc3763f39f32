#pragma once

#include <broker/broker.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "client.h"
#include "record_message.h"
#include "sequence.h"
#include "topic_gate.h"

namespace framespool::broker {

/// One source task's writer, at least once: records go to librdkafka as they come, without a copy, and are acknowledged
/// in the order of Append(), each once all before it are in their topics. Owned by the task, used on its thread.
///
/// What waits for Kafka is bounded in bytes; a record larger than the bound goes alone.
class KafkaProducer final : public Producer {
 public:
  KafkaProducer(const ClientConfig& config, std::shared_ptr<Connection> connection, TopicGate& gate, Sequence& sequence,
                const std::vector<std::string>& topics, AckHandler on_ack);
  ~KafkaProducer() override;
  KafkaProducer(const KafkaProducer&) = delete;
  KafkaProducer& operator=(const KafkaProducer&) = delete;

  void WarmUp() override;
  void Append(std::vector<SourceRecord>&& records) override;
  void Service(std::chrono::milliseconds wait) override;
  std::size_t Outstanding() const noexcept override { return waiting_.size(); }

 private:
  /// A record on its way. A deque does not move what it holds, so librdkafka may point into it.
  struct Waiting {
    SourceRecord record;
    std::optional<rd_kafka_resp_err_t> outcome;  // nullopt: no delivery report yet
    bool by_client = false;                      // refused before it was sent
    Appended where;
  };
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*);

  /// Makes ready to write to a topic that is new to this producer. A topic that takes only smaller batches than those
  /// before it needs another client, once all of them are acknowledged.
  void Admit(const std::string& topic);
  void Open();
  void AwaitRoom(std::size_t bytes);
  /// Whether `bytes` more were within `limit` before `patience` was over.
  bool MakeRoom(std::size_t bytes, std::size_t limit, std::chrono::milliseconds patience);
  void Send(Waiting& waiting);
  /// Tells of the records at the front that have their delivery reports.
  void Release();
  void Lose(Waiting lost);

  ClientConfig config_;
  const std::vector<std::string> expected_;  // topics
  const std::shared_ptr<Connection> connection_;
  const std::string limit_;           // message.max.bytes
  const std::size_t capacity_bytes_;  // queue.buffering.max.kbytes
  const std::size_t paced_bytes_;     // what keeps Kafka busy; more is for the time that it is away
  TopicGate& gate_;
  Sequence& sequence_;
  const AckHandler on_ack_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::exception_ptr failure_;  // this producer is finished
  std::unique_ptr<Client> client_;
  std::unique_ptr<TopicHandles> topics_;
};

}  // namespace framespool::broker
