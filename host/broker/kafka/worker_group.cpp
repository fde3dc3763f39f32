#include "worker_group.h"

#include <algorithm>
#include <utility>

#include <base/log.h>
#include <framespool/errors.h>

#include "client_defaults.h"
#include "errors.h"

namespace framespool::broker {

namespace {

// Of a topic that is gone, before it is made again: each worker asks about once a second whether it still is a member.
constexpr std::chrono::seconds kSeenByAll{3};

ClientConfig MemberConfig(const KafkaOptions& options, const GroupSpec& spec) {
  // Who does not poll for two sessions is gone: only then does it leave, as its session is over by itself before.
  const auto interval = std::max(2 * spec.session_timeout, std::chrono::milliseconds(10000));
  ClientConfig config(
      {{"socket.keepalive.enable", "true"}, {"reconnect.backoff.ms", "100"}, {"reconnect.backoff.max.ms", "1000"}},
      {{"bootstrap.servers", options.bootstrap_servers},
       {"group.id", spec.group},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       {"partition.assignment.strategy", "range"},
       {"session.timeout.ms", std::to_string(spec.session_timeout.count())},
       {"heartbeat.interval.ms", std::to_string(spec.heartbeat_interval.count())},
       {"max.poll.interval.ms", std::to_string(interval.count())}});
  config.Add({"", options.clients});
  config.Add({"", {{"client.id", spec.client_id}}});
  if (!spec.instance_id.empty()) config.Add({"", {{"group.instance.id", spec.instance_id}}});
  return config;
}

/// Without it nobody is given its first partition, and no commit is taken.
bool IsTopicGone(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

}  // namespace

KafkaGroupMembership::KafkaGroupMembership(const KafkaOptions& options, std::shared_ptr<Connection> connection,
                                           const GroupSpec& spec, std::function<void()> make_topic)
    : group_(spec.group),
      topic_(spec.topic.name),
      make_topic_(std::move(make_topic)),
      client_(std::make_unique<Client>(RD_KAFKA_CONSUMER, MemberConfig(options, spec), std::move(connection), nullptr,
                                       &KafkaGroupMembership::OnRebalance, this)) {
  rd_kafka_poll_set_consumer(client_->get());
  outcomes_ = rd_kafka_queue_new(client_->get());
  Subscribe();
}

KafkaGroupMembership::~KafkaGroupMembership() {
  rd_kafka_queue_destroy(outcomes_);
  rd_kafka_consumer_close(client_->get());
}

void KafkaGroupMembership::Subscribe() {
  const PartitionList topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
  const auto code = rd_kafka_subscribe(client_->get(), topics.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) Throw(code, "joining group " + group_, *client_);
}

void KafkaGroupMembership::MakeTopicAgain() {
  const auto now = std::chrono::steady_clock::now();
  if (now < make_next_) return;
  make_next_ = now + std::chrono::seconds(1);
  if (MistakesNewTopics()) {
    // The members' clients see it gone as well, those of the other workers at their next proof.
    LookAtGone(*client_, topic_);
    if (!gone_since_) gone_since_ = now;
    if (now - *gone_since_ < kSeenByAll) return;
  }
  const std::string what =
      "topic " + topic_ + ", by which the workers of group " + group_ + " know each other, is gone";
  try {
    make_topic_();
    Subscribe();
    log::Warn("kafka", what + "; it is made again");
    is_topic_gone_ = false;
    gone_since_.reset();
    told_.clear();
  } catch (const std::exception& error) {
    if (std::exchange(told_, error.what()) != told_) log::Warn("kafka", what + ", and not made again yet: " + told_);
  }
}

void KafkaGroupMembership::Leave() {
  // Closing does that only of a member without an instance id.
  rd_kafka_unsubscribe(client_->get());
}

bool KafkaGroupMembership::is_replaced() const {
  return rd_kafka_fatal_error(client_->get(), nullptr, 0) == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

std::string KafkaGroupMembership::member_id() const {
  char* const id = rd_kafka_memberid(client_->get());
  if (id == nullptr) return "";
  std::string text = id;
  rd_kafka_mem_free(client_->get(), id);
  return text;
}

void KafkaGroupMembership::OnRebalance(rd_kafka_t* /*handle*/, rd_kafka_resp_err_t code,
                                       rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<KafkaGroupMembership*>(static_cast<Client*>(opaque)->owner())->Rebalance(code, partitions);
}

void KafkaGroupMembership::Rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions) {
  if (code != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    rd_kafka_assign(client_->get(), nullptr);
    return;  // who led goes on until it is told what comes of this: the rest is up to transactions
  }
  has_first_ = rd_kafka_topic_partition_list_find(partitions, topic_.c_str(), 0) != nullptr;
  assigned_as_ = member_id();
  rd_kafka_assign(client_->get(), partitions);
  rd_kafka_pause_partitions(client_->get(), partitions);
}

void KafkaGroupMembership::OnCommit(rd_kafka_t* /*handle*/, rd_kafka_resp_err_t code,
                                    rd_kafka_topic_partition_list_t* offsets, void* opaque) {
  auto& self = *static_cast<KafkaGroupMembership*>(opaque);
  const bool has_place = offsets != nullptr && offsets->cnt > 0;
  if (IsTopicGone(code) || (has_place && IsTopicGone(offsets->elems[0].err))) self.is_topic_gone_ = true;
  if (!self.under_way_) return;
  self.outcome_ = std::exchange(self.under_way_, std::nullopt);
  self.outcome_->is_confirmed = code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

std::optional<MembershipProof> KafkaGroupMembership::Poll(std::chrono::milliseconds wait) {
  // Nothing is fetched: what comes are rebalances and errors, which the client tells its log of.
  const Message message(rd_kafka_consumer_poll(client_->get(), static_cast<int>(wait.count())));
  if (message && IsTopicGone(message->err)) is_topic_gone_ = true;
  rd_kafka_queue_poll_callback(outcomes_, 0);
  if (is_topic_gone_) MakeTopicAgain();
  if (member_id() != assigned_as_) has_first_ = false;
  return std::exchange(outcome_, std::nullopt);
}

void KafkaGroupMembership::Prove(std::chrono::milliseconds now) {
  // Only of a member that has been in a generation: a commit from outside of one is taken by a group that is empty.
  const std::string id = member_id();
  if (under_way_ || id.empty() || id != assigned_as_) return;
  const PartitionList offsets(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(offsets.get(), topic_.c_str(), 0)->offset = 0;
  under_way_ = MembershipProof{.member_id = id, .sent = now};
  const auto code =
      rd_kafka_commit_queue(client_->get(), offsets.get(), outcomes_, &KafkaGroupMembership::OnCommit, this);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) under_way_.reset();
}

std::unique_ptr<GroupMembership> KafkaWorkerGroups::Join(const GroupSpec& spec) {
  {
    const std::lock_guard lock(mutex_);
    topics_.insert(spec.topic.name);
  }
  cluster_.Require("joining group " + spec.group);
  if (!cluster_.PartitionCount(spec.topic.name)) cluster_.Create(spec.topic);
  return std::make_unique<KafkaGroupMembership>(options_, connection_, spec,
                                                [this, topic = spec.topic] { cluster_.Create(topic); });
}

}  // namespace framespool::broker
