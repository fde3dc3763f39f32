#pragma once

#include <broker/state_topics.h>
#include <broker_kafka/kafka_broker.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "client.h"
#include "record_message.h"
#include "state_table.h"

namespace framespool::broker {

/// Writes to the topics of a worker's state, each batch in a transaction of its own. After a write of which it is not
/// known what became, it must be claimed again: that ends the transaction, one way or the other. Not for several
/// threads.
class StateWriter {
 public:
  /// `process` stands in the header kWriterHeader.
  StateWriter(const KafkaOptions& options, std::shared_ptr<Connection> connection, std::string process)
      : options_(options), connection_(std::move(connection)), process_(std::move(process)) {}
  ~StateWriter() { Close(); }
  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  /// The header that says which process wrote a record.
  static constexpr const char* kWriterHeader = "framespool.writer";

  /// Throws as InitTransactions().
  void Claim(const std::string& writer, std::chrono::milliseconds wait);
  /// Where each is now. Throws StateClaimLost, or BrokerError when a topic refuses one: nothing is written then.
  std::vector<StateTable::Place> Write(std::span<const StateWrite> writes, std::chrono::milliseconds wait);

 private:
  struct Sent {
    SourceRecord record;
    StateTable::Place place;
    rd_kafka_resp_err_t outcome = RD_KAFKA_RESP_ERR__IN_PROGRESS;
  };
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*);
  SourceRecord RecordOf(const StateWrite& write) const;
  void Close();

  const KafkaOptions options_;
  const std::shared_ptr<Connection> connection_;
  const std::string process_;
  std::string writer_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<TopicHandles> topics_;
};

}  // namespace framespool::broker
