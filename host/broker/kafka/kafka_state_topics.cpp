#include "kafka_state_topics.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include <base/log.h>
#include <framespool/errors.h>

#include "client_defaults.h"
#include "errors.h"
#include "offsets_topic.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;

std::string NewProcessName() {
  std::random_device random;
  std::string name;
  for (int i = 0; i < 16; ++i) name += "0123456789abcdef"[random() % 16];
  return name;
}

std::optional<std::string_view> HeaderOf(const rd_kafka_message_t& message, const char* name) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR || value == nullptr) {
    return std::nullopt;
  }
  return std::string_view(static_cast<const char*>(value), size);
}

/// What a topic that has lost records, or is gone, is told of with.
bool IsLoss(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

TopicHandle HandleOf(const Client& client, const StateTopicSpec& spec) {
  rd_kafka_topic_conf_t* config = nullptr;
  if (spec.is_log) {
    config = rd_kafka_topic_conf_new();  // the handle's from then on
    rd_kafka_topic_conf_set(config, "auto.offset.reset", "earliest", nullptr, 0);
  }
  return TopicHandle(rd_kafka_topic_new(client.get(), spec.topic.name.c_str(), config));
}

}  // namespace

KafkaStateTopics::KafkaStateTopics(Cluster& cluster, const KafkaOptions& options,
                                   std::shared_ptr<Connection> connection, Sequence& sequence)
    : cluster_(cluster),
      options_(options),
      connection_(std::move(connection)),
      sequence_(sequence),
      process_(NewProcessName()),
      writer_(options, connection_, process_) {}

KafkaStateTopics::~KafkaStateTopics() {
  thread_ = {};
  if (!client_) return;
  for (const auto& [name, topic] : topics_) {
    for (std::size_t i = 0; i < topic.next.size(); ++i)
      rd_kafka_consume_stop(topic.handle.get(), static_cast<std::int32_t>(i));
  }
  while (rd_kafka_message_t* message = rd_kafka_consume_queue(queue_, 0)) rd_kafka_message_destroy(message);
  rd_kafka_queue_destroy(queue_);
  topics_.clear();
}

void KafkaStateTopics::Require(const StateTopicSpec& spec) {
  const std::string& name = spec.topic.name;
  const auto count = cluster_.PartitionCount(name);
  if (!count) {
    TopicSpec compacted = spec.topic;
    if (!spec.is_log) compacted.config["cleanup.policy"] = "compact";
    cluster_.Create(compacted);
    return;
  }
  if (spec.one_partition && *count != 1) {
    throw BrokerError(spec.setting + " " + name +
                      " must have one partition, so that all its records are in one order, but has " +
                      std::to_string(*count) + "; name another topic");
  }
  if (spec.is_log) return;
  const auto configs = cluster_.Configs({&name, 1}, true);
  const auto config = configs.find(name);
  if (config == configs.end()) {
    log::Warn("kafka",
              spec.setting + " " + name + ": its settings may not be seen; its cleanup.policy must be compact");
    return;
  }
  if (const std::string& policy = config->second.at("cleanup.policy"); policy != "compact") {
    throw BrokerError(spec.setting + " " + name + " must have cleanup.policy=compact, but has " + policy +
                      ", which would lose what is kept there; change it with kafka-configs --alter --topic " + name +
                      " --add-config cleanup.policy=compact, or name another topic");
  }
}

void KafkaStateTopics::Open(const StateTopicSpec& spec, std::chrono::milliseconds wait) {
  const std::string& name = spec.topic.name;
  std::lock_guard turn(opening_);
  const auto state = [&] {
    std::lock_guard lock(mutex_);
    const auto followed = topics_.find(name);
    return std::pair(followed != topics_.end(), followed != topics_.end() && followed->second.was_read);
  };
  const auto [is_followed, was_read] = state();
  if (was_read) {
    if (spec.is_log && !cluster_.PartitionCount(name)) Require(spec);
    if (spec.on_read) Attach(name, spec.on_read);
    return;
  }
  if (!is_followed) {
    Require(spec);
    Follow(spec);
  }
  // Not to what transactions of a worker that was killed hold back: who needs that to be over ends them first.
  ReadCommitted(name, wait);
  std::lock_guard lock(mutex_);
  topics_.at(name).was_read = true;
}

void KafkaStateTopics::Follow(const StateTopicSpec& spec) {
  const std::string& name = spec.topic.name;
  std::vector<TopicPartition> partitions;
  for (std::int32_t i = 0; i < cluster_.PartitionCount(name).value_or(0); ++i) partitions.push_back({name, i});
  const auto ranges = cluster_.Ranges(partitions);
  if (partitions.empty() || ranges.size() != partitions.size())
    throw RetriableError("reading topic " + name + ": not all of its partitions have a leader just now");
  if (!client_) {
    client_ = std::make_unique<Client>(RD_KAFKA_CONSUMER, LookupConfig(options_), connection_);
    queue_ = rd_kafka_queue_new(client_->get());
    thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
  }
  Followed followed{.setting = spec.setting,
                    .table = StateTable(sequence_, spec.keeps_tombstones),
                    .handle = HandleOf(*client_, spec),
                    .next = {},
                    .was_read = false,
                    .problem = {},
                    .is_log = spec.is_log,
                    .on_read = spec.on_read};
  for (const auto& [partition, range] : ranges) followed.next.push_back(range.first);
  rd_kafka_topic_t* const handle = followed.handle.get();
  {
    std::lock_guard lock(mutex_);
    topics_.emplace(name, std::move(followed));
  }
  for (const auto& [partition, range] : ranges)
    rd_kafka_consume_start_queue(handle, partition.partition, range.first, queue_);
}

std::size_t KafkaStateTopics::PartitionsOf(const std::string& topic) const {
  std::lock_guard lock(mutex_);
  const auto followed = topics_.find(topic);
  if (followed == topics_.end()) throw BrokerError("topic " + topic + " is not open");
  return followed->second.next.size();
}

void KafkaStateTopics::ReadToEnd(const std::string& topic, std::chrono::milliseconds wait) {
  const auto deadline = Clock::now() + wait;
  std::vector<TopicPartition> partitions;
  for (std::size_t i = 0; i < PartitionsOf(topic); ++i) partitions.push_back({topic, static_cast<std::int32_t>(i)});
  cluster_.Require("reading topic " + topic + " to its end");
  std::vector<std::int64_t> ends;
  for (const auto& [partition, range] : cluster_.Ranges(partitions)) ends.push_back(range.end);
  if (ends.size() != partitions.size()) {
    if (!cluster_.PartitionCount(topic)) {
      std::lock_guard lock(mutex_);
      if (topics_.at(topic).is_log) throw RetriableError("topic " + topic + " is gone, and is to be made again");
      NoteLoss(topic, topics_.at(topic), "there is no such topic any more");
      throw BrokerError(topics_.at(topic).problem);
    }
    throw RetriableError("reading topic " + topic + ": not all of its partitions have a leader just now");
  }
  Await(topic, ends, deadline);
}

void KafkaStateTopics::ReadCommitted(const std::string& topic, std::chrono::milliseconds wait) {
  const auto deadline = Clock::now() + wait;
  std::vector<std::int64_t> ends(PartitionsOf(topic));
  std::vector<TopicPartition> partitions;
  for (std::size_t i = 0; i < ends.size(); ++i) partitions.push_back({topic, static_cast<std::int32_t>(i)});
  // This client reads committed records only, so it is told where those end. All in one request: each waits for the
  // fetch that is under way on its connection.
  const PartitionList found = OffsetsOf(*client_, partitions, RD_KAFKA_OFFSET_END);
  for (int i = 0; i < found->cnt; ++i) {
    const auto& each = found->elems[i];
    if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) Throw(each.err, "reading topic " + topic, *client_);
    ends[static_cast<std::size_t>(each.partition)] = each.offset;
  }
  Await(topic, ends, deadline);
}

void KafkaStateTopics::Await(const std::string& topic, const std::vector<std::int64_t>& ends,
                             Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  const Followed& followed = topics_.at(topic);
  const auto arrived = [&] {
    if (!followed.problem.empty()) return true;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      if (followed.next[i] < ends[i]) return false;
    }
    return true;
  };
  if (!changed_.wait_until(lock, deadline, arrived)) {
    throw RetriableError("reading topic " + topic + " to its end: a transaction is still open there, or " +
                         client_->Describe());
  }
  if (!followed.problem.empty()) throw BrokerError(followed.problem);
}

std::int64_t KafkaStateTopics::ReadUpTo(const std::string& topic) const {
  std::lock_guard lock(mutex_);
  const auto followed = topics_.find(topic);
  return followed == topics_.end() || followed->second.next.empty() ? 0 : followed->second.next.front();
}

std::optional<StateRecord> KafkaStateTopics::Find(const std::string& topic, const std::string& key) const {
  std::lock_guard lock(mutex_);
  const auto followed = topics_.find(topic);
  return followed == topics_.end() ? std::nullopt : followed->second.table.Find(key);
}

std::vector<StateRecord> KafkaStateTopics::All(const std::string& topic, const std::string& prefix) const {
  std::lock_guard lock(mutex_);
  const auto followed = topics_.find(topic);
  return followed == topics_.end() ? std::vector<StateRecord>() : followed->second.table.All(prefix);
}

std::string KafkaStateTopics::SettingOf(const std::string& topic) const {
  std::lock_guard lock(mutex_);
  const auto followed = topics_.find(topic);
  return followed == topics_.end() ? "" : followed->second.setting;
}

void KafkaStateTopics::Claim(const std::string& writer, std::chrono::milliseconds wait) {
  cluster_.Require("claiming the worker's state");
  std::lock_guard lock(writing_);
  writer_.Claim(writer, wait);
}

void KafkaStateTopics::Write(std::span<const StateWrite> writes, std::chrono::milliseconds wait) {
  std::lock_guard turn(writing_);
  {
    std::lock_guard lock(mutex_);
    for (const StateWrite& write : writes) {
      const auto followed = topics_.find(write.topic);
      if (followed != topics_.end() && !followed->second.problem.empty()) throw BrokerError(followed->second.problem);
    }
  }
  cluster_.Require("writing the worker's state");
  const auto places = writer_.Write(writes, wait);
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const StateWrite& write = writes[i];
    const auto followed = topics_.find(write.topic);
    if (followed == topics_.end()) continue;
    followed->second.table.Take({.key = write.key,
                                 .value = write.value,
                                 .sequence = 0,
                                 .own = true,
                                 .written_sequence = write.sequence,
                                 .time = Now()},
                                places[i], false);
  }
}

namespace {

class KafkaStateClaim final : public StateClaim {
 public:
  KafkaStateClaim(Cluster& cluster, const KafkaOptions& options, std::shared_ptr<Connection> connection,
                  const std::string& process, const std::string& writer, std::chrono::milliseconds wait)
      : cluster_(cluster), writer_(options, std::move(connection), process) {
    cluster_.Require("claiming the right to write as " + writer);
    writer_.Claim(writer, wait);
  }
  void Write(std::span<const StateWrite> writes, std::chrono::milliseconds wait) override {
    cluster_.Require("writing state");
    writer_.Write(writes, wait);
  }

 private:
  Cluster& cluster_;
  StateWriter writer_;
};

}  // namespace

std::unique_ptr<StateClaim> KafkaStateTopics::ClaimAs(const std::string& writer, std::chrono::milliseconds wait) {
  return std::make_unique<KafkaStateClaim>(cluster_, options_, connection_, process_, writer, wait);
}

StateRecord KafkaStateTopics::RecordOf(const rd_kafka_message_t& message) const {
  StateRecord record;
  record.key.assign(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr) record.value.emplace(static_cast<const char*>(message.payload), message.len);
  record.own = HeaderOf(message, StateWriter::kWriterHeader) == std::string_view(process_);
  std::uint64_t sequence = 0;
  if (const auto text = HeaderOf(message, OffsetsTopic::kSequenceHeader); text && ParseValue(*text, sequence))
    record.written_sequence = sequence;
  record.time = Timestamp(std::chrono::milliseconds(rd_kafka_message_timestamp(&message, nullptr)));
  return record;
}

void KafkaStateTopics::NoteLoss(const std::string& name, Followed& topic, const std::string& why) {
  if (!topic.problem.empty()) return;
  topic.problem = "topic " + name + " has lost what this worker keeps there (" + why +
                  "): it was deleted, or emptied. What the worker has in memory goes on until it is stopped; bring the "
                  "topic back from a backup, or start the worker anew with what is left";
  log::Error("kafka", topic.problem);
}

void KafkaStateTopics::Attach(const std::string& topic, const std::function<void(const ReadRecord&)>& on_read) {
  std::lock_guard turn(telling_);
  std::lock_guard lock(mutex_);
  Followed& followed = topics_.at(topic);
  for (const auto& [offset, record] : followed.table.ByPlace())
    on_read({.key = record->key, .value = record->value, .partition = 0, .offset = offset, .time = record->time});
  followed.on_read = on_read;
}

void KafkaStateTopics::StopTelling(const std::string& topic) {
  std::lock_guard turn(telling_);
  std::lock_guard lock(mutex_);
  if (const auto found = topics_.find(topic); found != topics_.end()) found->second.on_read = nullptr;
}

void KafkaStateTopics::Take(const rd_kafka_message_t& message) {
  if (message.rkt == nullptr) return;
  const std::string name = rd_kafka_topic_name(message.rkt);
  const auto partition = static_cast<std::size_t>(message.partition);
  std::lock_guard turn(telling_);
  std::function<void(const ReadRecord&)> on_read;
  {
    std::lock_guard lock(mutex_);
    const auto found = topics_.find(name);
    if (found == topics_.end()) return;
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR && message.key != nullptr) {
      if (!found->second.is_log) found->second.table.Take(RecordOf(message), {message.partition, message.offset}, true);
      on_read = found->second.on_read;
    }
  }
  if (on_read) {
    StateRecord record = RecordOf(message);
    on_read({.key = std::move(record.key),
             .value = std::move(record.value),
             .partition = message.partition,
             .offset = message.offset,
             .time = record.time});
  }
  {
    // Who waits for it to be read finds it in the table, and told of.
    std::lock_guard lock(mutex_);
    Followed& topic = topics_.at(name);
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      topic.next.at(partition) = std::max(topic.next.at(partition), message.offset);
    } else if (IsLoss(message.err)) {
      if (!topic.is_log) NoteLoss(name, topic, rd_kafka_err2str(message.err));
    } else if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      topic.next.at(partition) = message.offset + 1;
    }
  }
  changed_.notify_all();
}

void KafkaStateTopics::Work(const std::stop_token& stop) {
  log::NameThread("kafka-state");
  std::array<rd_kafka_message_t*, 256> batch{};
  while (!stop.stop_requested()) {
    const auto count = rd_kafka_consume_batch_queue(queue_, 100, batch.data(), batch.size());
    for (ssize_t i = 0; i < count; ++i) {
      const Message message(batch[static_cast<std::size_t>(i)]);
      Take(*message);
    }
  }
}

}  // namespace framespool::broker
