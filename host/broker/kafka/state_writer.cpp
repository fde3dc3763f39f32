#include "state_writer.h"

#include <deque>

#include <framespool/errors.h>

#include "client_defaults.h"
#include "errors.h"
#include "fencing.h"
#include "offsets_topic.h"

namespace framespool::broker {

namespace {

Payload BytesOf(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

}  // namespace

void StateWriter::OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
  auto* sent = static_cast<Sent*>(message->_private);
  if (sent == nullptr) return;
  sent->outcome = message->err;
  sent->place = {.partition = message->partition, .offset = message->offset};
}

void StateWriter::Close() {
  if (!client_) return;
  rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(client_->get(), 1000);
  topics_.reset();
  client_.reset();
}

void StateWriter::Claim(const std::string& writer, std::chrono::milliseconds wait) {
  Close();
  auto client = std::make_unique<Client>(RD_KAFKA_PRODUCER, StateWriterConfig(options_, writer), connection_,
                                         &StateWriter::OnDelivery);
  InitTransactions(*client, writer, wait);
  writer_ = writer;
  client_ = std::move(client);
  topics_ = std::make_unique<TopicHandles>(*client_);
}

SourceRecord StateWriter::RecordOf(const StateWrite& write) const {
  SourceRecord record{.topic = write.topic,
                      .partition = {},
                      .key = write.key,
                      .value = write.value ? Value(BytesOf(*write.value)) : Value(),
                      .headers = {{kWriterHeader, process_}},
                      .timestamp = Now(),
                      .source_partition = {},
                      .source_offset = {}};
  if (write.sequence) record.headers.push_back({OffsetsTopic::kSequenceHeader, std::to_string(*write.sequence)});
  return record;
}

std::vector<StateTable::Place> StateWriter::Write(std::span<const StateWrite> writes, std::chrono::milliseconds wait) {
  const std::string doing = "writing the worker's state as transactional.id " + writer_;
  if (!client_) throw StateClaimLost(doing + ": it is to be claimed first");
  std::deque<Sent> sent;  // does not move what it holds: librdkafka points into it until Close()
  const auto lose = [&](const Error& error) {
    const auto fatal = rd_kafka_fatal_error(client_->get(), nullptr, 0);
    const bool is_fenced = IsFenced(fatal == RD_KAFKA_RESP_ERR_NO_ERROR ? rd_kafka_error_code(error.get()) : fatal);
    const std::string why = doing + ": " +
                            (is_fenced ? "another process has claimed that id since"
                                       : rd_kafka_error_string(error.get()) + (". " + client_->Describe()));
    Close();
    throw StateClaimLost(why);
  };
  if (const Error error{rd_kafka_begin_transaction(client_->get())}) lose(error);
  rd_kafka_resp_err_t refused = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (const StateWrite& write : writes) {
    sent.push_back({.record = RecordOf(write), .place = {}});
    refused = Produce(*client_, topics_->Get(write.topic), sent.back().record, &sent.back());
    if (refused != RD_KAFKA_RESP_ERR_NO_ERROR) break;
  }
  if (refused == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const Error error(rd_kafka_commit_transaction(client_->get(), static_cast<int>(wait.count())));
    if (!error) {
      std::vector<StateTable::Place> places;
      for (const Sent& each : sent) places.push_back(each.place);
      return places;
    }
    if (rd_kafka_error_txn_requires_abort(error.get()) == 0) lose(error);
    refused = rd_kafka_error_code(error.get());
    for (const Sent& each : sent) {
      if (each.outcome != RD_KAFKA_RESP_ERR_NO_ERROR && each.outcome != RD_KAFKA_RESP_ERR__IN_PROGRESS)
        refused = each.outcome;
    }
  }
  const std::exception_ptr failure = ErrorOf(refused, doing, *client_);
  // Nothing of it is in. An open transaction would hold back who reads these topics.
  const Error ignored(rd_kafka_abort_transaction(client_->get(), 1000));
  Close();
  std::rethrow_exception(failure);
}

}  // namespace framespool::broker
