#include "producer.h"

#include <framespool/errors.h>

#include "errors.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How long an Append() waits for room before it says so.
constexpr auto kPatience = 1s;

std::size_t CapacityOf(const ClientConfig& config) {
  std::size_t kbytes = 0;
  detail::FromText(config.Get("queue.buffering.max.kbytes"), kbytes);
  return kbytes * 1024;
}

/// What librdkafka itself may hold is bounded by the producer, which lets a record larger than the bound pass alone.
ClientConfig Unbounded(ClientConfig config) {
  config.Add({"", {{"queue.buffering.max.kbytes", "2147483647"}, {"queue.buffering.max.messages", "10000000"}}});
  return config;
}

}  // namespace

KafkaProducer::KafkaProducer(const ClientConfig& config, std::shared_ptr<Connection> connection, TopicGate& gate,
                             Sequence& sequence, const std::vector<std::string>& topics, AckHandler on_ack)
    : limit_(config.Get("message.max.bytes")),
      capacity_bytes_(CapacityOf(config)),
      gate_(gate),
      sequence_(sequence),
      on_ack_(std::move(on_ack)),
      client_(RD_KAFKA_PRODUCER, Unbounded(config), std::move(connection), &KafkaProducer::OnDelivery),
      topics_(client_) {
  for (const std::string& topic : topics) {
    gate_.Require(topic);
    WarmUp(client_, topics_.Get(topic), topic);
  }
}

KafkaProducer::~KafkaProducer() {
  // Delivery reports point into waiting_: take them all back before it goes.
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_.get(), 5000);
}

void KafkaProducer::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto& waiting = *static_cast<Waiting*>(message->_private);
  waiting.outcome = message->err;
  waiting.where.partition = message->partition;
  waiting.where.offset = message->offset;
}

void KafkaProducer::Append(std::vector<SourceRecord> records) {
  if (failure_) std::rethrow_exception(failure_);
  std::size_t bytes = 0;
  for (const SourceRecord& record : records) {
    gate_.Require(record.topic);
    topics_.Get(record.topic);
    bytes += record.value.size();
  }
  AwaitRoom(bytes);
  // From here on all of the batch is taken, and no handler is called: the caller must not see an exception.
  for (SourceRecord& record : records) {
    waiting_bytes_ += record.value.size();
    waiting_.push_back({.record = std::move(record), .outcome = {}, .by_client = false, .where = {}});
    Send(waiting_.back());
  }
}

void KafkaProducer::AwaitRoom(std::size_t bytes) {
  // The caller services after each batch: as a rule there is room.
  const auto deadline = Clock::now() + kPatience;
  while (!waiting_.empty() && waiting_bytes_ + bytes > capacity_bytes_) {
    if (Clock::now() >= deadline) {
      throw RetriableError(std::to_string(waiting_.size()) + " records (" + std::to_string(waiting_bytes_ >> 20) +
                           " MB, of buffer.memory " + std::to_string(capacity_bytes_ >> 20) +
                           " MB) wait to be taken: " + client_.Describe());
    }
    Service(100ms);
  }
}

void KafkaProducer::Send(Waiting& waiting) {
  const auto code = Produce(client_, topics_.Get(waiting.record.topic), waiting.record, &waiting);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  waiting.outcome = code;
  waiting.by_client = true;
}

void KafkaProducer::Service(std::chrono::milliseconds wait) {
  const bool settled = !waiting_.empty() && waiting_.front().outcome.has_value();
  rd_kafka_poll(client_.get(), settled ? 0 : static_cast<int>(wait.count()));
  Release();
}

void KafkaProducer::Release() {
  if (failure_) std::rethrow_exception(failure_);
  std::vector<SourceRecord> records;
  std::vector<Appended> where;
  const auto deliver = [&] {
    if (records.empty()) return;
    const auto taken = std::exchange(records, {});
    const auto offsets = std::exchange(where, {});
    on_ack_(taken, offsets, nullptr);
  };
  while (!waiting_.empty() && waiting_.front().outcome) {
    Waiting front = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_bytes_ -= front.record.value.size();
    if (*front.outcome == RD_KAFKA_RESP_ERR_NO_ERROR) {
      front.where.sequence = sequence_.Next();
      records.push_back(std::move(front.record));
      where.push_back(front.where);
      continue;
    }
    deliver();
    Lose(std::move(front));
  }
  deliver();
}

void KafkaProducer::Lose(Waiting lost) {
  const rd_kafka_resp_err_t code = *lost.outcome;
  std::exception_ptr error;
  if (IsRefusal(code)) {
    error = RefusalOf(code, lost.record, {limit_, gate_.LimitOf(lost.record.topic)}, lost.by_client);
  } else {
    // Behind a lost record nothing may be acknowledged, or it would be passed over for good.
    failure_ = error = ErrorOf(code, "writing to topic " + lost.record.topic, client_);
    gate_.Forget(lost.record.topic);
  }
  on_ack_({&lost.record, 1}, {}, error);
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace framespool::broker
