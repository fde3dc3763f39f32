#include "fetch_queue.h"

#include <string_view>
#include <utility>

namespace framespool::broker {

using namespace std::chrono_literals;

FetchQueue::FetchQueue(std::shared_ptr<Client> client, std::size_t read_ahead_bytes)
    : client_(std::move(client)), read_ahead_bytes_(read_ahead_bytes), queue_(rd_kafka_queue_new(client_->get())) {}

FetchQueue::~FetchQueue() {
  kept_.clear();
  rd_kafka_queue_destroy(queue_);
}

Message FetchQueue::Next(std::chrono::milliseconds wait) {
  if (kept_.empty()) return Message(rd_kafka_consume_queue(queue_, static_cast<int>(wait.count())));
  Message message = std::move(kept_.front());
  kept_.pop_front();
  return message;
}

void FetchQueue::Drop(const std::string& topic, std::int32_t partition) {
  std::deque<Message> others;
  while (Message message = Next(0ms)) {
    const bool here = message->rkt != nullptr && message->partition == partition &&
                      std::string_view(rd_kafka_topic_name(message->rkt)) == topic;
    if (!here) others.push_back(std::move(message));
  }
  kept_ = std::move(others);
}

void FetchQueue::ReadOn(std::span<const TopicPartition> sources, std::size_t taken_bytes) {
  const std::size_t queued = rd_kafka_queue_length(queue_);
  if (queued * usual_bytes_ >= read_ahead_bytes_ / 2) {
    full_ = true;
    return;
  }
  if (full_ || taken_bytes >= read_ahead_bytes_) {
    full_ = false;
    nudged_ = true;
    Nudge(sources);
  } else if (nudged_ && queued == 0) {
    nudged_ = false;
    Nudge(sources);
  }
}

void FetchQueue::Nudge(std::span<const TopicPartition> sources) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(sources.size())));
  for (const TopicPartition& source : sources) {
    rd_kafka_topic_partition_list_add(list.get(), source.topic.c_str(), source.partition)->offset = RD_KAFKA_OFFSET_END;
  }
  rd_kafka_offsets_for_times(client_->get(), list.get(), 0);
}

void FetchQueue::Interrupt() {
  interrupted_ = true;
  rd_kafka_queue_yield(queue_);
}

}  // namespace framespool::broker
