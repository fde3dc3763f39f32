#include "group_commits.h"

#include <base/log.h>

#include "client_defaults.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 1s;
constexpr auto kIdle = 60s;

using Queue =
    std::unique_ptr<rd_kafka_queue_t, decltype([](rd_kafka_queue_t* queue) { rd_kafka_queue_destroy(queue); })>;

/// Of a request whose answer comes to `queue`.
rd_kafka_resp_err_t Outcome(const Queue& queue) {
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), 2000);
  if (event == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
  auto code = rd_kafka_event_error(event);
  if (const auto* result = rd_kafka_event_DeleteConsumerGroupOffsets_result(event)) {
    std::size_t count = 0;
    const auto* const* groups = rd_kafka_DeleteConsumerGroupOffsets_result_groups(result, &count);
    for (std::size_t i = 0; i < count && code == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      if (const auto* error = rd_kafka_group_result_error(groups[i])) code = rd_kafka_error_code(error);
    }
  }
  rd_kafka_event_destroy(event);
  return code;
}

}  // namespace

GroupCommits::GroupCommits(const KafkaOptions& options, std::shared_ptr<Connection> connection)
    : options_(options), connection_(std::move(connection)), thread_([this](std::stop_token stop) { Work(stop); }) {}

void GroupCommits::Note(const std::string& group, const TopicPartition& source, std::optional<std::int64_t> offset) {
  // A sink's named playheads are framespool's own; to Kafka a connector is one group.
  if (group.find('/') != std::string::npos) return;
  {
    std::lock_guard lock(mutex_);
    pending_[group][source] = offset;
  }
  changed_.notify_all();
}

void GroupCommits::Work(const std::stop_token& stop) {
  log::NameThread("kafka-commit");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_for(lock, stop, kIdle, [this] { return !pending_.empty(); });
    const bool last = stop.stop_requested();
    const auto taken = std::exchange(pending_, {});
    lock.unlock();
    for (const auto& [group, offsets] : taken) {
      if (Commit(group, offsets)) continue;
      std::lock_guard again(mutex_);
      for (const auto& [source, offset] : offsets) pending_[group].try_emplace(source, offset);
    }
    std::erase_if(members_, [](const auto& member) { return Clock::now() - member.second.used > kIdle; });
    lock.lock();
    if (last) return;
    // Many frames, one commit.
    changed_.wait_for(lock, stop, kInterval, [] { return false; });
  }
}

rd_kafka_resp_err_t GroupCommits::Set(const Client& client, const Offsets& offsets) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [source, offset] : offsets) {
    if (!offset) continue;
    rd_kafka_topic_partition_list_add(list.get(), source.topic.c_str(), source.partition)->offset = *offset;
  }
  if (list->cnt == 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const Queue queue(rd_kafka_queue_new(client.get()));
  const auto code = rd_kafka_commit_queue(client.get(), list.get(), queue.get(), nullptr, nullptr);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? Outcome(queue) : code;
}

rd_kafka_resp_err_t GroupCommits::Delete(const Client& client, const std::string& group, const Offsets& offsets) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [source, offset] : offsets) {
    if (!offset) rd_kafka_topic_partition_list_add(list.get(), source.topic.c_str(), source.partition);
  }
  if (list->cnt == 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
  const Queue queue(rd_kafka_queue_new(client.get()));
  rd_kafka_DeleteConsumerGroupOffsets_t* request = rd_kafka_DeleteConsumerGroupOffsets_new(group.c_str(), list.get());
  rd_kafka_DeleteConsumerGroupOffsets(client.get(), &request, 1, nullptr, queue.get());
  rd_kafka_DeleteConsumerGroupOffsets_destroy(request);
  const auto code = Outcome(queue);
  // A group that never had one is as it should be.
  return code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND ? RD_KAFKA_RESP_ERR_NO_ERROR : code;
}

bool GroupCommits::Commit(const std::string& group, const Offsets& offsets) {
  if (!connection_->reachable()) return false;
  Member& member = members_[group];
  if (!member.client) {
    member.client = std::make_unique<Client>(RD_KAFKA_CONSUMER, GroupConfig(options_, group), connection_);
  }
  member.used = Clock::now();
  rd_kafka_resp_err_t code = Delete(*member.client, group, offsets);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = Set(*member.client, offsets);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    refused_.erase(group);
    return true;
  }
  if (code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
      code == RD_KAFKA_RESP_ERR__WAIT_COORD) {
    return false;
  }
  if (refused_.insert(group).second) {
    log::Warn("kafka", "consumer group " + group + " cannot be told of the sink's position: " + rd_kafka_err2str(code) +
                           ". The sink goes on: its own store keeps it. To see its lag in kafka-consumer-groups, stop "
                           "other members of that group and let this worker's user read it (kafka-acls --group)");
  }
  return true;
}

}  // namespace framespool::broker
