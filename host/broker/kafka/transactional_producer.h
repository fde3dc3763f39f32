#pragma once

#include <broker/broker.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client.h"
#include "offsets_topic.h"
#include "record_message.h"
#include "sequence.h"
#include "topic_gate.h"

namespace framespool::broker {

/// One source task's writer, exactly once: records and the source offsets behind them are committed in one transaction.
/// Opening it fences every other producer of the task, and tells of the connector's source offsets then. Owned by the
/// task, used on its thread.
///
/// Transactions are made on a thread of the producer's own, since each takes some milliseconds in which the task can go
/// on: what comes meanwhile waits, and is together in the next one. What was appended together stays together. A commit
/// whose answer is lost is looked up in the topic of offsets before anything is sent again.
class TransactionalProducer final : public Producer {
 public:
  struct Identity {
    std::string connector;
    std::string transactional_id;
    std::chrono::milliseconds interval{0};  // how long a transaction is kept open; 0: until what waits is in it
    std::function<bool()> may_write{};      // as ClientSettings says
  };
  TransactionalProducer(Identity identity, ClientConfig config, std::shared_ptr<Connection> connection, TopicGate& gate,
                        OffsetsTopic& offsets, Sequence& sequence, const std::string& process,
                        const std::vector<std::string>& topics, AckHandler on_ack, const RecoveryHandler& on_recovered);
  ~TransactionalProducer() override;
  TransactionalProducer(const TransactionalProducer&) = delete;
  TransactionalProducer& operator=(const TransactionalProducer&) = delete;

  void Append(std::vector<SourceRecord>&& records) override;
  bool Pass(std::span<const std::pair<Fields, Fields>> passed) override;
  void Service(std::chrono::milliseconds wait) override;
  std::size_t Outstanding() const noexcept override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    SourceRecord record;
    std::optional<rd_kafka_resp_err_t> refused;
    bool by_client = false;
    Appended where;
    TransactionalProducer* owner = nullptr;
  };
  enum class Stage { kNone, kOpen, kCommitting, kAborting, kReopening };
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*);

  using Lock = std::unique_lock<std::mutex>;

  void Open(std::chrono::milliseconds wait);
  void Close();
  /// For the task: no transaction takes longer than it should.
  bool IsStuck() const;
  std::string Describe() const;
  /// Whether the first of what waits is refused, so that it is not in the next transaction.
  bool IsRefused() const;
  bool HasNews() const { return !committed_.empty() || IsRefused(); }
  /// Tells of what is committed and of what is refused.
  void Release();

  // On the producer's own thread.
  void Work(const std::stop_token& stop);
  /// Whether Move() has something to do, and otherwise when it may have.
  bool HasWork() const;
  Clock::time_point NextLook() const;
  /// Moves the transaction on by one step. The lock is held, but not while it waits for Kafka.
  void Move(Lock& lock);
  /// Begins a transaction; false when it cannot, which is then the producer's failure.
  bool Begin();
  /// Puts records that wait into the transaction, up to the first refused one.
  void Fill();
  bool Due() const;
  /// Fills the transaction and adds the source offsets, when it is to be committed.
  void Complete();
  /// From here on it takes no more records.
  void End();
  std::deque<SourceRecord> OffsetsBehind(std::size_t records) const;
  void Commit(Lock& lock);
  void Abort(Lock& lock);
  void Reopen(Lock& lock);
  void Committed();
  void MakeAgain();
  void TakeError(Error error);
  void Fail(std::exception_ptr failure);

  const Identity identity_;
  const ClientConfig config_;
  const std::shared_ptr<Connection> connection_;
  const std::string limit_;
  const std::size_t capacity_bytes_;
  const std::chrono::milliseconds transaction_timeout_;
  TopicGate& gate_;
  OffsetsTopic& offsets_;
  Sequence& sequence_;
  const std::string process_;  // that writes, for StateWriter::kWriterHeader
  const AckHandler on_ack_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<TopicHandles> topics_;

  mutable std::mutex mutex_;          // of all that follows
  std::condition_variable_any wake_;  // the producer's thread
  std::condition_variable moved_;     // the task, which waits for it
  std::deque<Waiting> waiting_;       // a deque does not move what it holds: librdkafka points into it
  std::size_t in_transaction_ = 0;    // so many at the front of waiting_
  std::size_t waiting_bytes_ = 0;
  std::deque<Waiting> committed_;    // not told of yet
  std::map<Fields, Fields> passed_;  // source offsets behind what was left out
  Clock::time_point passed_since_;
  std::map<Fields, Fields> passed_in_transaction_;  // those of them that are in the transaction
  std::deque<SourceRecord> offset_records_;         // of the open transaction
  Stage stage_ = Stage::kNone;
  Clock::time_point begun_;
  Clock::time_point ending_since_;  // of a transaction that is no longer open
  bool in_haste_ = false;           // somebody waits for what is under way
  std::uint64_t transaction_sequence_ = 0;
  std::uint64_t opened_sequence_ = 0;        // when the topic of offsets was last read: above all that stood there
  int aborts_ = 0;                           // in a row
  std::optional<rd_kafka_resp_err_t> lost_;  // why a record of the transaction did not get through
  std::exception_ptr failure_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace framespool::broker
