#include "consumer_context.h"

#include <base/log.h>

#include <algorithm>
#include <utility>

namespace framespool::runtime {

namespace {

constexpr std::size_t kMostRemembered = 65536;  // of each partition

}  // namespace

template <class Base>
ConsumerContextOf<Base>::ConsumerContextOf(const TaskIdentity& identity, TaskState& state, EffectGate& gate,
                                           std::vector<std::string> topics, broker::Broker& broker,
                                           broker::ClientSettings settings, store::OffsetStore& offsets, bool tolerant)
    : identity_(identity),
      state_(state),
      gate_(gate),
      topics_(std::move(topics)),
      group_("connect-" + identity.connector),
      broker_(broker),
      settings_(std::move(settings)),
      offsets_(offsets),
      tolerant_(tolerant) {}

template <class Base>
void ConsumerContextOf<Base>::Log(LogLevel level, std::string_view message) {
  log::Write(level, identity_.logger(), message);
}

template <class Base>
std::int32_t ConsumerContextOf<Base>::Partitions(const std::string& topic) {
  broker_.EnsureTopic({.name = topic, .partitions = std::nullopt, .config = {}});
  return KnownPartitions(topic).value_or(0);
}

template <class Base>
std::optional<std::int32_t> ConsumerContextOf<Base>::KnownPartitions(const std::string& topic) {
  const auto info = broker_.Describe(topic);
  return info ? std::optional(static_cast<std::int32_t>(info->partitions.size())) : std::nullopt;
}

template <class Base>
std::optional<std::int64_t> ConsumerContextOf<Base>::CommittedOffset(const std::string& group,
                                                                     const TopicPartition& source) {
  const auto stored = offsets_.ConsumerOffset(group, source);
  if (!stored) return stored;
  // A topic that was lost and begins anew must not keep everyone waiting until it is as long as it was.
  const std::int64_t offset = broker_.ResumeOffset(source, *stored);
  if (offset < *stored) {
    Log(LogLevel::kWarn, "the stored offset " + std::to_string(*stored) + " of " + group + " is behind the end of " +
                             source.topic + "-" + std::to_string(source.partition) + ", " + std::to_string(offset) +
                             ": records were lost; going on there");
  }
  return offset;
}

template <class Base>
void ConsumerContextOf<Base>::StoreOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) {
  gate_.Pass([&] {
    offsets_.CommitConsumerOffset(group, source, offset);
    broker_.NoteConsumerOffset(group, source, offset);
  });
}

template <class Base>
void ConsumerContextOf<Base>::Reject(const SinkRecord& record, Problem problem) {
  const std::string what = "record " + std::to_string(record.offset) + " of " + record.topic + "-" +
                           std::to_string(record.partition) + " " + problem.message;
  std::int64_t rejected = 0;
  {
    std::lock_guard lock(mutex_);
    auto& offsets = rejected_offsets_[{record.topic, record.partition}];
    if (!offsets.insert(record.offset).second) return;
    if (offsets.size() > kMostRemembered) offsets.erase(offsets.begin());
    rejected = ++rejected_;
    if (keeps_rejected_) kept_.push_back({record, problem});
    if (!first_rejection_) {
      problem.message = what;
      problem.facts.insert(
          {{"topic", record.topic}, {"partition", std::int64_t{record.partition}}, {"offset", record.offset}});
      first_rejection_ = std::move(problem);
    }
  }
  // Where one is enough to end the task, nothing has been skipped.
  if (tolerant_) {
    state_.meters().NoteSkipped();
    state_.Merge({{"records_skipped", rejected}});
  }
  // A topic of nothing else must not fill the log.
  if (tolerant_ && (rejected & (rejected - 1)) == 0) {
    Log(LogLevel::kWarn, "skipped, as errors.tolerance = all (" + std::to_string(rejected) + " so far): " + what);
  }
  state_.Wake();  // last: it may end the task, and this context with it
}

template <class Base>
void ConsumerContextOf<Base>::RequireNoRejection() const {
  std::lock_guard lock(mutex_);
  if (tolerant_ || !first_rejection_) return;
  Problem problem = *first_rejection_;
  problem.message += "; or skip such records with errors.tolerance = all";
  throw Error(std::move(problem));
}

template <class Base>
std::optional<std::int64_t> ConsumerContextOf<Base>::FailedAt(std::int32_t partition) const {
  std::lock_guard lock(mutex_);
  std::optional<std::int64_t> first;
  if (tolerant_) return first;
  for (const auto& [source, offsets] : rejected_offsets_) {
    // Not by the topic's name: a transform may have given the record another.
    if (source.partition == partition && !offsets.empty())
      first = std::min(first.value_or(*offsets.begin()), *offsets.begin());
  }
  return first;
}

template <class Base>
std::int64_t ConsumerContextOf<Base>::rejected() const {
  std::lock_guard lock(mutex_);
  return rejected_;
}

template <class Base>
std::optional<std::string> ConsumerContextOf<Base>::BrokerTrouble() {
  broker::Health health = broker_.GetHealth();
  return health.reachable ? std::nullopt : std::optional(std::move(health.message));
}

template class ConsumerContextOf<SinkTaskContext>;
template class ConsumerContextOf<ViewContext>;

}  // namespace framespool::runtime
