#include "time_probe.h"

namespace framespool::broker {

std::optional<TimeProbe::Found> TimeProbe::First(const TopicPartition& source, std::int64_t offset) {
  constexpr int kPatienceMs = 300;
  if (!client_) client_ = std::make_unique<Client>(RD_KAFKA_CONSUMER, config_, connection_);
  const TopicHandle topic(rd_kafka_topic_new(client_->get(), source.topic.c_str(), nullptr));
  if (!topic || rd_kafka_consume_start(topic.get(), source.partition, offset) != 0) return std::nullopt;
  std::optional<Found> found;
  if (rd_kafka_message_t* message = rd_kafka_consume(topic.get(), source.partition, kPatienceMs)) {
    const std::int64_t time = rd_kafka_message_timestamp(message, nullptr);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && time >= 0) {
      found = Found{message->offset, Timestamp(std::chrono::milliseconds(time))};
    }
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consume_stop(topic.get(), source.partition);
  return found;
}

}  // namespace framespool::broker
