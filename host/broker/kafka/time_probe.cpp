#include "time_probe.h"

#include <algorithm>

namespace framespool::broker {

std::optional<TimeProbe::Found> TimeProbe::Find(const TopicPartition& source, std::int64_t offset, bool last) {
  constexpr int kPatienceMs = 300;
  constexpr int kMostRecords = 4;
  if (!client_) client_ = std::make_unique<Client>(RD_KAFKA_CONSUMER, config_, connection_);
  const TopicHandle topic(rd_kafka_topic_new(client_->get(), source.topic.c_str(), nullptr));
  if (!topic || rd_kafka_consume_start(topic.get(), source.partition, offset) != 0) return std::nullopt;
  std::optional<Found> found;
  for (int i = 0; i < (last ? kMostRecords : 1); ++i) {
    rd_kafka_message_t* message = rd_kafka_consume(topic.get(), source.partition, kPatienceMs);
    const bool record = message != nullptr && message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (record) {
      const std::int64_t time = rd_kafka_message_timestamp(message, nullptr);
      found = Found{message->offset, Timestamp(std::chrono::milliseconds(std::max<std::int64_t>(0, time)))};
    }
    if (message != nullptr) rd_kafka_message_destroy(message);
    if (!record) break;
  }
  rd_kafka_consume_stop(topic.get(), source.partition);
  return found;
}

}  // namespace framespool::broker
