#include "offsets_topic.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include <base/fields_json.h>
#include <base/log.h>
#include <framespool/errors.h>

#include "errors.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The source partition that a record of the topic is about; nothing when it is of another connector, or no offset.
std::optional<Fields> PartitionOf(const rd_kafka_message_t& message, const std::string& connector) {
  const std::string_view key(static_cast<const char*>(message.key), message.key_len);
  const auto json = nlohmann::json::parse(key, nullptr, false);
  if (!json.is_array() || json.size() != 2 || !json[0].is_string() || json[0].get<std::string>() != connector)
    return std::nullopt;
  return FieldsFromJson(json[1].dump());
}

std::uint64_t SequenceOf(rd_kafka_message_t& message) {
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  std::uint64_t sequence = 0;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
      rd_kafka_header_get_last(headers, OffsetsTopic::kSequenceHeader, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR &&
      ParseValue(std::string_view(static_cast<const char*>(value), size), sequence)) {
    return sequence;
  }
  // Written by Connect or by hand: sequences are microseconds, as Kafka's timestamps are milliseconds.
  const std::int64_t time = rd_kafka_message_timestamp(&message, nullptr);
  return time < 0 ? 0 : static_cast<std::uint64_t>(time) * 1000;
}

struct QueueCloser {
  void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); }
};

}  // namespace

std::string OffsetsTopic::KeyOf(const std::string& connector, const Fields& partition) {
  std::string key(1, '[');
  key.append(nlohmann::json(connector).dump()).append(",").append(ToJson(partition)).append("]");
  return key;
}

void OffsetsTopic::Require() {
  if (!cluster_.PartitionCount(spec_.name)) {
    cluster_.Create(spec_);
    return;
  }
  const auto configs = cluster_.Configs({&spec_.name, 1}, true);
  const auto config = configs.find(spec_.name);
  if (config == configs.end()) {
    log::Warn("kafka", "offset.storage.topic " + spec_.name +
                           ": its settings may not be seen; its cleanup.policy must be compact");
    return;
  }
  if (const std::string& policy = config->second.at("cleanup.policy"); policy != "compact") {
    throw BrokerError("offset.storage.topic " + spec_.name + " must have cleanup.policy=compact, but has " + policy +
                      ", which would lose source offsets; change it with kafka-configs --alter --topic " + spec_.name +
                      " --add-config cleanup.policy=compact, or name another topic");
  }
}

std::vector<SourceOffset> OffsetsTopic::Read(const std::string& connector) {
  const std::string doing = "reading the source offsets in topic " + spec_.name;
  std::vector<TopicPartition> partitions;
  for (std::int32_t i = 0; i < cluster_.PartitionCount(spec_.name).value_or(0); ++i)
    partitions.push_back({spec_.name, i});
  std::map<std::int32_t, std::int64_t> ends;
  const auto ranges = cluster_.Ranges(partitions);
  if (ranges.size() != partitions.size())
    throw RetriableError(doing + ": not all of its partitions have a leader just now");
  for (const auto& [partition, range] : ranges) {
    if (range.end > range.first) ends[partition.partition] = range.end;
  }
  std::map<Fields, SourceOffset> newest;
  if (ends.empty()) return {};

  Client client(RD_KAFKA_CONSUMER, consumer_, connection_);
  const TopicHandle topic(rd_kafka_topic_new(client.get(), spec_.name.c_str(), nullptr));
  const std::unique_ptr<rd_kafka_queue_t, QueueCloser> queue(rd_kafka_queue_new(client.get()));
  for (const auto& [partition, end] : ends) {
    rd_kafka_consume_start_queue(topic.get(), partition, ranges.at({spec_.name, partition}).first, queue.get());
  }
  const auto stop = [&] {
    for (const TopicPartition& partition : partitions) {
      if (ranges.at(partition).end > ranges.at(partition).first)
        rd_kafka_consume_stop(topic.get(), partition.partition);
    }
    while (rd_kafka_message_t* message = rd_kafka_consume_queue(queue.get(), 0)) rd_kafka_message_destroy(message);
  };
  std::exception_ptr failure;
  const auto deadline = Clock::now() + 4s;
  while (!ends.empty() && !failure) {
    if (Clock::now() > deadline) {
      failure = std::make_exception_ptr(
          RetriableError(doing + ": a transaction is still open there, or " + client.Describe()));
      break;
    }
    const Message message(rd_kafka_consume_queue(queue.get(), 100));
    if (!message) continue;
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      const auto end = ends.find(message->partition);
      if (end != ends.end() && message->offset >= end->second) ends.erase(end);
    } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      failure = ErrorOf(message->err, doing, client);
    } else if (message->key != nullptr) {
      const auto partition = PartitionOf(*message, connector);
      if (!partition) continue;
      const std::string_view value(static_cast<const char*>(message->payload), message->len);
      newest[*partition] = {.connector = connector,
                            .partition = *partition,
                            .offset = message->payload == nullptr ? Fields{} : FieldsFromJson(value),
                            .sequence = SequenceOf(*message)};
    }
  }
  stop();
  if (failure) std::rethrow_exception(failure);
  std::vector<SourceOffset> offsets;
  for (auto& [partition, offset] : newest) offsets.push_back(std::move(offset));
  return offsets;
}

}  // namespace framespool::broker
