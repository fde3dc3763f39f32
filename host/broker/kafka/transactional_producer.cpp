#include "transactional_producer.h"

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/source_offset_json.h>
#include <framespool/errors.h>

#include "errors.h"
#include "fencing.h"
#include "state_writer.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 1s;  // of a call to Kafka, and of a task that waits for a transaction
constexpr auto kPassInterval = 1s;
/// Aborted so often in a row, with Kafka in reach: it will not come right by itself.
constexpr int kMostAborts = 20;

template <class N>
N NumberOf(const ClientConfig& config, const std::string& name) {
  N value = 0;
  ParseValue(config.Get(name), value);
  return value;
}

/// An aborted transaction comes out the same when it is made again.
bool IsHopeless(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

int Milliseconds(std::chrono::milliseconds time) { return static_cast<int>(time.count()); }

}  // namespace

TransactionalProducer::TransactionalProducer(Identity identity, ClientConfig config,
                                             std::shared_ptr<Connection> connection, TopicGate& gate,
                                             OffsetsTopic& offsets, Sequence& sequence, const std::string& process,
                                             const std::vector<std::string>& topics, AckHandler on_ack,
                                             const RecoveryHandler& on_recovered)
    : identity_(std::move(identity)),
      config_(Unbounded(config)),
      connection_(std::move(connection)),
      limit_(config.Get("message.max.bytes")),
      capacity_bytes_(NumberOf<std::size_t>(config, "queue.buffering.max.kbytes") * 1024),
      transaction_timeout_(NumberOf<std::int64_t>(config, "transaction.timeout.ms")),
      gate_(gate),
      offsets_(offsets),
      sequence_(sequence),
      process_(process),
      on_ack_(std::move(on_ack)) {
  offsets_.Require();
  for (const std::string& topic : topics) gate_.Require(topic);
  Open(3s);
  for (const std::string& topic : topics) ConnectToLeaders(*client_, topics_->Get(topic), topic);
  ConnectToLeaders(*client_, topics_->Get(offsets_.name()), offsets_.name());
  std::vector<SourceOffset> found;
  for (OffsetsTopic::Found& each : offsets_.Read(identity_.connector)) {
    sequence_.Raise(each.offset.sequence);
    found.push_back(std::move(each.offset));
  }
  opened_sequence_ = sequence_.Next();
  if (on_recovered) on_recovered(found);
  thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
}

TransactionalProducer::~TransactionalProducer() {
  thread_.request_stop();
  thread_.join();
  // A transaction left open would hold back the readers of its topics until it is overdue. A commit under way can only
  // be gone on with: librdkafka ends the process where one is aborted.
  if (client_ && stage_ != Stage::kNone && connection_->reachable()) {
    const auto end = stage_ == Stage::kCommitting ? rd_kafka_commit_transaction : rd_kafka_abort_transaction;
    const Error ignored(end(client_->get(), 1000));
  }
  Close();
}

void TransactionalProducer::Open(std::chrono::milliseconds wait) {
  auto client = std::make_unique<Client>(RD_KAFKA_PRODUCER, config_, connection_, &TransactionalProducer::OnDelivery);
  InitTransactions(*client, identity_.transactional_id, wait);
  client_ = std::move(client);
  topics_ = std::make_unique<TopicHandles>(*client_);
}

void TransactionalProducer::Close() {
  if (!client_) return;
  rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_->get(), 5000);
  topics_.reset();
  client_.reset();
}

void TransactionalProducer::OnDelivery(rd_kafka_t* handle, const rd_kafka_message_t* message, void* opaque) {
  auto* waiting = static_cast<Waiting*>(message->_private);
  const bool purged =
      message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
  static_cast<void>(handle);
  static_cast<void>(opaque);
  if (waiting == nullptr || purged) return;
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    waiting->where.partition = message->partition;
    waiting->where.offset = message->offset;
  } else if (IsRefusal(message->err)) {
    waiting->refused = message->err;
  } else {
    waiting->owner->lost_ = message->err;
  }
}

bool TransactionalProducer::IsStuck() const {
  return stage_ > Stage::kOpen && Clock::now() - ending_since_ >= kPatience;
}

bool TransactionalProducer::IsRefused() const {
  return stage_ == Stage::kNone && !waiting_.empty() && waiting_.front().refused;
}

std::string TransactionalProducer::Describe() const {
  return stage_ == Stage::kReopening ? connection_->Describe() : client_->Describe();
}

void TransactionalProducer::Append(std::vector<SourceRecord>&& records) {
  std::size_t bytes = 0;
  for (const SourceRecord& record : records) {
    gate_.Require(record.topic);
    bytes += record.value.size();
  }
  Release();
  Lock lock(mutex_);
  const auto fits = [&] { return waiting_.empty() || waiting_bytes_ + bytes <= capacity_bytes_; };
  const auto settled = [&] { return failure_ || (fits() && !IsStuck()); };
  if (!settled() && !moved_.wait_for(lock, kPatience, settled)) {
    throw RetriableError("a transaction of " + std::to_string(in_transaction_) +
                         " records is not committed yet: " + Describe());
  }
  if (failure_) std::rethrow_exception(failure_);
  for (SourceRecord& record : records) {
    waiting_bytes_ += record.value.size();
    waiting_.push_back({.record = std::move(record),
                        .refused = {},
                        .by_client = false,
                        .where = {.partition = 0, .offset = -1, .sequence = 0},
                        .owner = this});
  }
  wake_.notify_one();
}

bool TransactionalProducer::Pass(std::span<const std::pair<Fields, Fields>> passed) {
  {
    std::lock_guard lock(mutex_);
    if (passed_.empty()) passed_since_ = Clock::now();
    for (const auto& [partition, offset] : passed) passed_[partition] = offset;
  }
  wake_.notify_one();
  return true;
}

void TransactionalProducer::Service(std::chrono::milliseconds wait) {
  {
    Lock lock(mutex_);
    const auto is_idle = [this] { return waiting_.empty() && passed_.empty() && passed_in_transaction_.empty(); };
    if (wait > 0ms && !HasNews() && !is_idle()) {
      in_haste_ = true;
      wake_.notify_one();
      moved_.wait_for(lock, wait, [&] { return failure_ || HasNews() || is_idle(); });
      in_haste_ = false;
    }
    if (failure_) std::rethrow_exception(failure_);
  }
  Release();
}

std::size_t TransactionalProducer::Outstanding() const noexcept {
  std::lock_guard lock(mutex_);
  return waiting_.size() + committed_.size() + passed_.size() + passed_in_transaction_.size();
}

void TransactionalProducer::Work(const std::stop_token& stop) {
  log::NameThread("transactions");
  Lock lock(mutex_);
  while (!failure_) {
    while (!stop.stop_requested() && !HasWork()) {
      const auto until = NextLook();
      const auto has_work = [this] { return HasWork(); };
      if (until == Clock::time_point::max())
        wake_.wait(lock, stop, has_work);
      else
        wake_.wait_until(lock, stop, until, has_work);
    }
    if (stop.stop_requested()) return;
    try {
      Move(lock);
    } catch (...) {
      if (!lock.owns_lock()) lock.lock();
      Fail(std::current_exception());
    }
    moved_.notify_all();
  }
}

bool TransactionalProducer::HasWork() const {
  if (stage_ > Stage::kOpen) return true;
  const bool has_more = in_transaction_ < waiting_.size() && !waiting_[in_transaction_].refused;
  if (stage_ == Stage::kOpen) return has_more || Due();
  if (!waiting_.empty()) return has_more;
  // Records take along what was left out before them; without any it waits for more of its kind.
  return !passed_.empty() && (in_haste_ || Clock::now() - passed_since_ >= kPassInterval);
}

TransactionalProducer::Clock::time_point TransactionalProducer::NextLook() const {
  if (stage_ == Stage::kOpen) return begun_ + identity_.interval;
  return !passed_.empty() && waiting_.empty() ? passed_since_ + kPassInterval : Clock::time_point::max();
}

void TransactionalProducer::Move(Lock& lock) {
  switch (stage_) {
    case Stage::kNone:
      if (!Begin()) return;
      [[fallthrough]];
    case Stage::kOpen: Complete(); break;
    case Stage::kCommitting: Commit(lock); break;
    case Stage::kAborting: Abort(lock); break;
    case Stage::kReopening: Reopen(lock); break;
  }
}

bool TransactionalProducer::Due() const {
  return stage_ == Stage::kOpen &&
         (in_haste_ || Clock::now() - begun_ >= identity_.interval || waiting_bytes_ > capacity_bytes_ / 2);
}

bool TransactionalProducer::Begin() {
  if (const Error error{rd_kafka_begin_transaction(client_->get())}) {
    const auto code = rd_kafka_error_code(error.get());
    Fail(ErrorOf(code, "beginning a transaction", *client_, rd_kafka_error_string(error.get())));
    return false;
  }
  stage_ = Stage::kOpen;
  offset_records_.clear();
  begun_ = Clock::now();
  transaction_sequence_ = sequence_.Next();
  lost_.reset();
  return true;
}

void TransactionalProducer::Fill() {
  for (; in_transaction_ < waiting_.size(); ++in_transaction_) {
    Waiting& waiting = waiting_[in_transaction_];
    if (waiting.refused) return;
    const auto code = Produce(*client_, topics_->Get(waiting.record.topic), waiting.record, &waiting);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (IsRefusal(code)) {
      waiting.refused = code;
      waiting.by_client = true;
      return;
    }
    // The transaction has failed meanwhile; committing it tells how.
    return End();
  }
}

void TransactionalProducer::Complete() {
  // Made beforehand: a partition that is new to the transaction only some microseconds behind another goes to Kafka in
  // the same request, and each further one costs a millisecond.
  const std::size_t all = waiting_.size();
  auto offsets = Due() ? OffsetsBehind(all) : std::deque<SourceRecord>();
  Fill();
  if (stage_ != Stage::kOpen || !Due()) return;
  if (offsets.empty() || in_transaction_ != all) offsets = OffsetsBehind(in_transaction_);
  offset_records_ = std::move(offsets);
  passed_.merge(passed_in_transaction_);
  passed_in_transaction_ = std::exchange(passed_, {});
  rd_kafka_topic_t* topic = topics_->Get(offsets_.name());
  // A failure shows when the transaction is committed.
  for (const SourceRecord& record : offset_records_) static_cast<void>(Produce(*client_, topic, record, nullptr));
  End();
}

void TransactionalProducer::End() {
  stage_ = Stage::kCommitting;
  ending_since_ = Clock::now();
}

std::deque<SourceRecord> TransactionalProducer::OffsetsBehind(std::size_t records) const {
  std::map<Fields, const Fields*> newest;
  // What was left out came before what is under way of the same source partition.
  for (const auto& [partition, offset] : passed_in_transaction_) newest[partition] = &offset;
  for (const auto& [partition, offset] : passed_) newest[partition] = &offset;
  for (std::size_t i = 0; i < records; ++i) {
    newest[waiting_[i].record.source_partition] = &waiting_[i].record.source_offset;
  }
  const std::string sequence = std::to_string(transaction_sequence_);
  std::deque<SourceRecord> offsets;
  for (const auto& [partition, offset] : newest) {
    const std::string value = ToJson(*offset);
    const auto bytes = std::as_bytes(std::span(value));
    offsets.push_back({.topic = offsets_.name(),
                       .partition = {},
                       .key = ToJson(SourceOffsetKey{identity_.connector, partition}),
                       .value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end())),
                       .headers = {{OffsetsTopic::kSequenceHeader, sequence}, {StateWriter::kWriterHeader, process_}},
                       .timestamp = Now(),
                       .source_partition = {},
                       .source_offset = {}});
  }
  return offsets;
}

void TransactionalProducer::Commit(Lock& lock) {
  lock.unlock();
  Error error(rd_kafka_commit_transaction(client_->get(), Milliseconds(kPatience)));
  lock.lock();
  if (!error) return Committed();
  TakeError(std::move(error));
}

void TransactionalProducer::Committed() {
  aborts_ = 0;
  passed_in_transaction_.clear();
  for (; in_transaction_ > 0; --in_transaction_) {
    waiting_bytes_ -= waiting_.front().record.value.size();
    waiting_.front().where.sequence = transaction_sequence_;
    committed_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  stage_ = Stage::kNone;
}

void TransactionalProducer::TakeError(Error error) {
  const auto code = rd_kafka_error_code(error.get());
  const std::string text = rd_kafka_error_string(error.get());
  if (rd_kafka_error_is_fatal(error.get()) != 0 || code == RD_KAFKA_RESP_ERR__FATAL ||
      code == RD_KAFKA_RESP_ERR__STATE) {
    const auto fatal = rd_kafka_fatal_error(client_->get(), nullptr, 0);
    if (IsFenced(fatal == RD_KAFKA_RESP_ERR_NO_ERROR ? code : fatal) && Clock::now() - begun_ < transaction_timeout_) {
      return Fail(std::make_exception_ptr(BrokerError(
          "another task writes as transactional.id " + identity_.transactional_id + " and has fenced this one (" +
          text + "); run the connector once, or give each worker a group.id of its own")));
    }
    // Kafka has given the transaction up, most likely as overdue after an outage: begin anew, and look what became of
    // it.
    log::Warn("kafka", identity_.transactional_id + ": " + text + "; starting the producer again");
    stage_ = Stage::kReopening;
    return;
  }
  if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
    const auto cause = lost_.value_or(code);
    if (IsHopeless(cause)) return Fail(ErrorOf(cause, "writing in a transaction", *client_, text));
    if (++aborts_ > kMostAborts)
      return Fail(std::make_exception_ptr(BrokerError("transactions fail again and again: " + text)));
    stage_ = Stage::kAborting;
    return;
  }
  if (rd_kafka_error_is_retriable(error.get()) != 0) return;
  Fail(ErrorOf(code, "committing a transaction", *client_, text));
}

void TransactionalProducer::Abort(Lock& lock) {
  lock.unlock();
  Error error(rd_kafka_abort_transaction(client_->get(), Milliseconds(kPatience)));
  lock.lock();
  if (error) return TakeError(std::move(error));
  MakeAgain();
}

void TransactionalProducer::MakeAgain() {
  // Without what the topic refused, which is told of in its turn.
  in_transaction_ = 0;
  passed_.merge(std::exchange(passed_in_transaction_, {}));
  stage_ = Stage::kNone;
}

void TransactionalProducer::Reopen(Lock& lock) {
  lock.unlock();
  std::vector<OffsetsTopic::Found> offsets;
  bool is_open = false;
  // Who has been suspended may find that another has its work by now, and must not shut that one out.
  if (identity_.may_write && !identity_.may_write()) {
    std::this_thread::sleep_for(20ms);
    lock.lock();
    return;
  }
  Close();
  if (connection_->AwaitReachable(100ms)) {
    try {
      Open(kPatience);
      offsets = offsets_.Read(identity_.connector);
      is_open = true;
    } catch (const RetriableError&) {
      Close();
    }
  }
  lock.lock();
  if (!is_open) return;
  if (in_transaction_ == 0 && passed_in_transaction_.empty()) return Committed();  // nothing is in doubt
  const Fields& partition = in_transaction_ == 0 ? passed_in_transaction_.begin()->first
                                                 : waiting_[in_transaction_ - 1].record.source_partition;
  const auto found = std::find_if(offsets.begin(), offsets.end(),
                                  [&](const OffsetsTopic::Found& each) { return each.offset.partition == partition; });
  if (found != offsets.end()) {
    // A number that this process has not written compares with nothing; when it came here does.
    const StateRecord& newest = found->record;
    const std::uint64_t written = newest.written_sequence.value_or(0);
    if (newest.own && written == transaction_sequence_) return Committed();
    if (newest.own ? written > transaction_sequence_ : newest.sequence > opened_sequence_) {
      return Fail(std::make_exception_ptr(
          BrokerError("another task has written as transactional.id " + identity_.transactional_id +
                      " meanwhile; run the connector once, or give each worker a group.id of its own")));
    }
  }
  MakeAgain();
}

void TransactionalProducer::Fail(std::exception_ptr failure) { failure_ = std::move(failure); }

void TransactionalProducer::Release() {
  std::deque<Waiting> committed;
  std::deque<Waiting> refused;
  {
    std::lock_guard lock(mutex_);
    committed = std::exchange(committed_, {});
    while (IsRefused()) {
      refused.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
      waiting_bytes_ -= refused.back().record.value.size();
    }
  }
  if (!refused.empty()) wake_.notify_one();
  if (!committed.empty()) {
    std::vector<SourceRecord> records;
    std::vector<Appended> where;
    for (Waiting& each : committed) {
      records.push_back(std::move(each.record));
      where.push_back(each.where);
    }
    on_ack_(records, where, nullptr);
  }
  for (Waiting& each : refused) {
    on_ack_({&each.record, 1}, {},
            RefusalOf(*each.refused, each.record, {limit_, gate_.LimitOf(each.record.topic)}, each.by_client));
  }
}

}  // namespace framespool::broker
