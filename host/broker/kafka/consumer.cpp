#include "consumer.h"

#include <algorithm>
#include <utility>

namespace framespool::broker {

KafkaConsumer::KafkaConsumer(std::shared_ptr<FetchQueue> queue, std::vector<std::unique_ptr<KafkaReader>> readers)
    : queue_(std::move(queue)), readers_(std::move(readers)) {
  for (const auto& reader : readers_) {
    all_.push_back(reader.get());
    sources_.push_back(reader->source());
  }
}

std::vector<SinkRecord> KafkaConsumer::Read(std::size_t max_records, std::size_t max_bytes,
                                            std::chrono::milliseconds wait, std::stop_token stop) {
  return KafkaReader::ReadAny(*queue_, all_, sources_, max_records, max_bytes, wait, stop);
}

KafkaReader& KafkaConsumer::ReaderOf(const TopicPartition& source) {
  const auto found = std::find(sources_.begin(), sources_.end(), source);
  if (found == sources_.end()) {
    throw BrokerError("this consumer was not opened for " + source.topic + "-" + std::to_string(source.partition));
  }
  return *all_[static_cast<std::size_t>(found - sources_.begin())];
}

}  // namespace framespool::broker
