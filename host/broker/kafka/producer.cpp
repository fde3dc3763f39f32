#include "producer.h"

#include <framespool/errors.h>

#include "client_defaults.h"
#include "errors.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How long an Append() waits for room before it says so.
constexpr auto kRoomPatience = 1s;
/// How long it waits for Kafka to take some of so many batches before it takes more.
constexpr auto kPace = 20ms;
constexpr std::size_t kPacedBatches = 4;

std::size_t NumberOf(const ClientConfig& config, const std::string& name) {
  std::size_t number = 0;
  ParseValue(config.Get(name), number);
  return number;
}

}  // namespace

KafkaProducer::KafkaProducer(const ClientConfig& config, std::shared_ptr<Connection> connection, TopicGate& gate,
                             Sequence& sequence, const std::vector<std::string>& topics, AckHandler on_ack)
    : config_(Unbounded(config)),
      expected_(topics),
      connection_(std::move(connection)),
      limit_(config.Get("message.max.bytes")),
      capacity_bytes_(NumberOf(config, "queue.buffering.max.kbytes") * 1024),
      paced_bytes_(std::min(capacity_bytes_, kPacedBatches * NumberOf(config, "batch.size"))),
      gate_(gate),
      sequence_(sequence),
      on_ack_(std::move(on_ack)) {
  Open();
  for (const std::string& topic : expected_) Admit(topic);
}

void KafkaProducer::WarmUp() {
  for (const std::string& topic : expected_) ConnectToLeaders(*client_, topics_->Get(topic), topic);
}

void KafkaProducer::Open() {
  auto client = std::make_unique<Client>(RD_KAFKA_PRODUCER, config_, connection_, &KafkaProducer::OnDelivery);
  topics_.reset();
  client_ = std::move(client);
  topics_ = std::make_unique<TopicHandles>(*client_);
}

void KafkaProducer::Admit(const std::string& topic) {
  gate_.Require(topic);
  const std::string before = config_.Get("batch.size");
  const std::int64_t limit = gate_.BatchLimitOf(topic).value_or(kUsualBatchLimit);
  if (limit < static_cast<std::int64_t>(NumberOf(config_, "batch.size"))) LimitBatches(config_, limit);
  if (config_.Get("batch.size") != before) {
    if (!MakeRoom(0, 0, kRoomPatience)) {
      config_.SetDefault("batch.size", before);
      throw RetriableError("records of other topics wait to be taken before the first of " + topic + ": " +
                           client_->Describe());
    }
    Open();
  }
  topics_->Get(topic);
}

KafkaProducer::~KafkaProducer() {
  // Delivery reports point into waiting_: take them all back before it goes.
  rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_->get(), 5000);
}

void KafkaProducer::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto& waiting = *static_cast<Waiting*>(message->_private);
  waiting.outcome = message->err;
  waiting.where.partition = message->partition;
  waiting.where.offset = message->offset;
}

void KafkaProducer::Append(std::vector<SourceRecord>&& records) {
  if (failure_) std::rethrow_exception(failure_);
  std::size_t bytes = 0;
  for (const SourceRecord& record : records) {
    gate_.Require(record.topic);
    if (!topics_->Has(record.topic)) Admit(record.topic);
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
  if (MakeRoom(bytes, paced_bytes_, kPace) || MakeRoom(bytes, capacity_bytes_, kRoomPatience)) return;
  throw RetriableError(std::to_string(waiting_.size()) + " records (" + std::to_string(waiting_bytes_ >> 20) +
                       " MB, of buffer.memory " + std::to_string(capacity_bytes_ >> 20) +
                       " MB) wait to be taken: " + client_->Describe());
}

bool KafkaProducer::MakeRoom(std::size_t bytes, std::size_t limit, std::chrono::milliseconds patience) {
  const auto has_room = [&] { return waiting_.empty() || waiting_bytes_ + bytes <= limit; };
  // The caller services after each batch: as a rule there is room.
  if (has_room()) return true;
  const auto deadline = Clock::now() + patience;
  while (!has_room() && Clock::now() < deadline) Service(std::min(patience, 100ms));
  return has_room();
}

void KafkaProducer::Send(Waiting& waiting) {
  const auto code = Produce(*client_, topics_->Get(waiting.record.topic), waiting.record, &waiting);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  waiting.outcome = code;
  waiting.by_client = true;
}

void KafkaProducer::Service(std::chrono::milliseconds wait) {
  const bool settled = !waiting_.empty() && waiting_.front().outcome.has_value();
  rd_kafka_poll(client_->get(), settled ? 0 : static_cast<int>(wait.count()));
  Release();
}

void KafkaProducer::Release() {
  if (failure_) std::rethrow_exception(failure_);
  std::vector<SourceRecord> records;
  std::vector<Appended> where;
  const auto deliver = [&] {
    if (records.empty()) return;
    auto taken = std::exchange(records, {});
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
    failure_ = error = ErrorOf(code, "writing to topic " + lost.record.topic, *client_);
    gate_.Forget(lost.record.topic);
  }
  on_ack_({&lost.record, 1}, {}, error);
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace framespool::broker
