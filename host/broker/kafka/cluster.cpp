#include "cluster.h"

#include <algorithm>
#include <thread>

#include <base/log.h>
#include <broker/topic_name.h>
#include <framespool/errors.h>

#include "errors.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kPatienceMs = 2000;

struct MetadataCloser {
  void operator()(const rd_kafka_metadata_t* metadata) const noexcept { rd_kafka_metadata_destroy(metadata); }
};
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, MetadataCloser>;

Metadata Ask(const Client& client, bool all, rd_kafka_topic_t* topic, int wait_ms, rd_kafka_resp_err_t& code) {
  const rd_kafka_metadata_t* metadata = nullptr;
  code = rd_kafka_metadata(client.get(), all ? 1 : 0, topic, &metadata, wait_ms);
  return Metadata(code == RD_KAFKA_RESP_ERR_NO_ERROR ? metadata : nullptr);
}

struct QueueCloser {
  void operator()(rd_kafka_queue_t* queue) const noexcept { rd_kafka_queue_destroy(queue); }
};
struct EventCloser {
  void operator()(rd_kafka_event_t* event) const noexcept { rd_kafka_event_destroy(event); }
};
struct OptionsCloser {
  void operator()(rd_kafka_AdminOptions_t* options) const noexcept { rd_kafka_AdminOptions_destroy(options); }
};
struct NewTopicCloser {
  void operator()(rd_kafka_NewTopic_t* topic) const noexcept { rd_kafka_NewTopic_destroy(topic); }
};
struct DeleteTopicCloser {
  void operator()(rd_kafka_DeleteTopic_t* topic) const noexcept { rd_kafka_DeleteTopic_destroy(topic); }
};
struct ResourceCloser {
  void operator()(rd_kafka_ConfigResource_t* resource) const noexcept { rd_kafka_ConfigResource_destroy(resource); }
};
using Event = std::unique_ptr<rd_kafka_event_t, EventCloser>;

/// Makes an admin request and waits for its answer. `request` gets the options and the queue for the answer.
template <class F>
Event Administer(const Client& client, rd_kafka_admin_op_t kind, F request) {
  const std::unique_ptr<rd_kafka_queue_t, QueueCloser> queue(rd_kafka_queue_new(client.get()));
  const std::unique_ptr<rd_kafka_AdminOptions_t, OptionsCloser> options(rd_kafka_AdminOptions_new(client.get(), kind));
  char reason[256];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kPatienceMs, reason, sizeof reason);
  request(options.get(), queue.get());
  return Event(rd_kafka_queue_poll(queue.get(), kPatienceMs + 1000));
}

}  // namespace

void Cluster::Require(const std::string& doing) const {
  if (!connection().AwaitReachable(1s))
    throw RetriableError(Problem{.message = doing + ": " + connection().Describe(), .kind = kind::kBrokerUnreachable});
}

bool Cluster::Probe(std::chrono::milliseconds wait) {
  rd_kafka_resp_err_t code{};
  if (!Ask(client_, false, nullptr, static_cast<int>(wait.count()), code)) {
    connection().NoteUnreachable(rd_kafka_err2str(code));
    return false;
  }
  std::string id;
  if (char* text = rd_kafka_clusterid(client_.get(), 0)) {
    id = text;
    rd_kafka_mem_free(client_.get(), text);
  }
  connection().NoteReachable(id);
  return true;
}

std::optional<std::int32_t> Cluster::PartitionCount(const std::string& topic) {
  const std::string doing = "looking for topic " + topic;
  if (auto problem = TopicNameProblem(topic)) throw BrokerError(*problem);
  Require(doing);
  const TopicHandle handle(rd_kafka_topic_new(client_.get(), topic.c_str(), nullptr));
  rd_kafka_resp_err_t code{};
  const Metadata metadata = Ask(client_, false, handle.get(), kPatienceMs, code);
  if (!metadata) Throw(code, doing, client_);
  if (metadata->topic_cnt == 0) return std::nullopt;
  const auto& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::nullopt;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) Throw(found.err, doing, client_);
  return found.partition_cnt;
}

std::map<std::string, std::int32_t> Cluster::PartitionCounts() {
  Require("listing the topics");
  // A client that lists all topics knows them all from then on.
  std::optional<Client> passing;
  if (MistakesNewTopics()) passing.emplace(RD_KAFKA_CONSUMER, config_, connection_);
  const Client& client = passing ? *passing : client_;
  rd_kafka_resp_err_t code{};
  const Metadata metadata = Ask(client, true, nullptr, kPatienceMs, code);
  if (!metadata) Throw(code, "listing the topics", client);
  std::map<std::string, std::int32_t> counts;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR && !std::string_view(topic.topic).starts_with("__")) {
      counts[topic.topic] = topic.partition_cnt;
    }
  }
  return counts;
}

void Cluster::Create(const TopicSpec& spec) {
  const std::string doing = "creating topic " + spec.name;
  Require(doing);
  char reason[512] = "";
  const std::unique_ptr<rd_kafka_NewTopic_t, NewTopicCloser> topic(rd_kafka_NewTopic_new(
      spec.name.c_str(), spec.partitions.value_or(-1), spec.replication_factor.value_or(-1), reason, sizeof reason));
  if (!topic) throw BrokerError(doing + ": " + reason);
  LookAtGone(client_, spec.name);
  for (const auto& [name, value] : spec.config) rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  const Event event = Administer(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, [&](auto* options, auto* queue) {
    rd_kafka_NewTopic_t* topics[] = {topic.get()};
    rd_kafka_CreateTopics(client_.get(), topics, 1, options, queue);
  });
  if (!event) Throw(RD_KAFKA_RESP_ERR__TIMED_OUT, doing, client_);
  if (const auto code = rd_kafka_event_error(event.get()))
    Throw(code, doing, client_, rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) log::Info("kafka", "created topic " + spec.name);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    Throw(code, doing, client_, text ? text : "");
  }
  // The brokers learn of a new topic one after the other.
  const auto deadline = Clock::now() + 5s;
  while (PartitionCount(spec.name).value_or(0) == 0) {
    if (Clock::now() > deadline) throw RetriableError(doing + ": it is created, but has no leader yet");
    std::this_thread::sleep_for(10ms);
  }
}

bool Cluster::Delete(const std::string& topic) {
  const std::string doing = "deleting topic " + topic;
  Require(doing);
  const std::unique_ptr<rd_kafka_DeleteTopic_t, DeleteTopicCloser> request(rd_kafka_DeleteTopic_new(topic.c_str()));
  const Event event = Administer(client_, RD_KAFKA_ADMIN_OP_DELETETOPICS, [&](auto* options, auto* queue) {
    rd_kafka_DeleteTopic_t* topics[] = {request.get()};
    rd_kafka_DeleteTopics(client_.get(), topics, 1, options, queue);
  });
  if (!event) Throw(RD_KAFKA_RESP_ERR__TIMED_OUT, doing, client_);
  if (const auto code = rd_kafka_event_error(event.get()))
    Throw(code, doing, client_, rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto* results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto code = rd_kafka_topic_result_error(results[i]);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return false;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) Throw(code, doing, client_, text ? text : "");
  }
  log::Info("kafka", "deleted topic " + topic);
  // The brokers learn of it one after the other.
  const auto deadline = Clock::now() + 5s;
  while (PartitionCount(topic) && Clock::now() < deadline) std::this_thread::sleep_for(10ms);
  return true;
}

std::map<std::string, std::map<std::string, std::string>> Cluster::Configs(std::span<const std::string> topics,
                                                                           bool in_force) {
  constexpr const char* kDoing = "reading the topics' settings";
  std::map<std::string, std::map<std::string, std::string>> configs;
  if (topics.empty()) return configs;
  std::vector<std::unique_ptr<rd_kafka_ConfigResource_t, ResourceCloser>> resources;
  std::vector<rd_kafka_ConfigResource_t*> pointers;
  for (const std::string& topic : topics) {
    resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    pointers.push_back(resources.back().get());
  }
  const Event event = Administer(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, [&](auto* options, auto* queue) {
    rd_kafka_DescribeConfigs(client_.get(), pointers.data(), pointers.size(), options, queue);
  });
  if (!event) Throw(RD_KAFKA_RESP_ERR__TIMED_OUT, kDoing, client_);
  if (const auto code = rd_kafka_event_error(event.get()))
    Throw(code, kDoing, client_, rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto* found =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    // A topic whose settings may not be seen is listed without them.
    if (rd_kafka_ConfigResource_error(found[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    std::size_t entries = 0;
    const auto* entry = rd_kafka_ConfigResource_configs(found[i], &entries);
    auto& config = configs[rd_kafka_ConfigResource_name(found[i])];
    for (std::size_t j = 0; j < entries; ++j) {
      const char* value = rd_kafka_ConfigEntry_value(entry[j]);
      const bool own = rd_kafka_ConfigEntry_source(entry[j]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
      if ((own || in_force) && value != nullptr) {
        config[rd_kafka_ConfigEntry_name(entry[j])] = value;
      }
    }
  }
  return configs;
}

PartitionList OffsetsOf(const Client& client, std::span<const TopicPartition> partitions, std::int64_t time) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (true) {
    PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const TopicPartition& partition : partitions) {
      rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition)->offset = time;
    }
    const auto code = rd_kafka_offsets_for_times(client.get(), list.get(), kPatienceMs);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) return list;
    // The leader of a new topic may not know that it is.
    const bool settles =
        code == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    if (!settles || Clock::now() > deadline)
      Throw(code, "asking for the offsets of " + partitions.front().topic, client);
    std::this_thread::sleep_for(20ms);
  }
}

std::map<TopicPartition, Cluster::Range> Cluster::Ranges(std::span<const TopicPartition> partitions) {
  std::map<TopicPartition, Range> ranges;
  if (partitions.empty()) return ranges;
  const PartitionList firsts = Offsets(partitions, RD_KAFKA_OFFSET_BEGINNING);
  const PartitionList ends = Offsets(partitions, RD_KAFKA_OFFSET_END);
  for (int i = 0; i < firsts->cnt; ++i) {
    const auto& first = firsts->elems[i];
    const auto* end = rd_kafka_topic_partition_list_find(ends.get(), first.topic, first.partition);
    if (first.err != RD_KAFKA_RESP_ERR_NO_ERROR || end == nullptr || end->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (first.offset < 0 || end->offset < 0) continue;
    ranges[{first.topic, first.partition}] = {first.offset, std::max(first.offset, end->offset)};
  }
  return ranges;
}

std::optional<std::int64_t> Cluster::OffsetAt(const TopicPartition& source, Timestamp time) {
  Require("looking for a time in topic " + source.topic);
  // A negative time would mean the beginning or the end.
  const PartitionList list = Offsets({&source, 1}, std::max<std::int64_t>(0, time.time_since_epoch().count()));
  const auto& found = list->elems[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) Throw(found.err, "looking for a time in topic " + source.topic, client_);
  if (found.offset < 0) return std::nullopt;
  return found.offset;
}

GroupDescription Cluster::DescribeGroup(const std::string& group) {
  const std::string doing = "asking for the members of group " + group;
  Require(doing);
  const rd_kafka_group_list* list = nullptr;
  const auto code = rd_kafka_list_groups(client_.get(), group.c_str(), &list, kPatienceMs);
  const std::unique_ptr<const rd_kafka_group_list, decltype(&rd_kafka_group_list_destroy)> owned(
      list, &rd_kafka_group_list_destroy);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // A part of the brokers may be the part that does not know the group.
    if (code == RD_KAFKA_RESP_ERR__PARTIAL) throw RetriableError(doing + ": not all brokers have answered");
    Throw(code, doing, client_);
  }
  GroupDescription description;
  for (int i = 0; i < list->group_cnt; ++i) {
    const rd_kafka_group_info& each = list->groups[i];
    if (each.err != RD_KAFKA_RESP_ERR_NO_ERROR) Throw(each.err, doing, client_);
    if (each.protocol_type != nullptr) description.protocol_type = each.protocol_type;
    for (int m = 0; m < each.member_cnt; ++m)
      description.members.push_back({.client_id = each.members[m].client_id, .member_id = each.members[m].member_id});
  }
  return description;
}

}  // namespace framespool::broker
