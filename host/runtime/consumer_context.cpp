#include "consumer_context.h"

#include <base/log.h>

#include <utility>

namespace framespool::runtime {

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
  const auto info = broker_.Describe(topic);
  return info ? static_cast<std::int32_t>(info->partitions.size()) : 0;
}

template <class Base>
std::optional<std::int64_t> ConsumerContextOf<Base>::CommittedOffset(const std::string& group,
                                                                     const TopicPartition& source) {
  const auto stored = offsets_.ConsumerOffset(group, source);
  // A topic that was lost and begins anew must not keep everyone waiting until it is as long as it was.
  if (!stored || !broker_.KeepsCheckpoints()) return stored;
  const auto info = broker_.Describe(source.topic);
  const auto partition = static_cast<std::size_t>(source.partition);
  if (!info || partition >= info->partitions.size() || *stored <= info->partitions[partition].end) return stored;
  const std::int64_t end = info->partitions[partition].end;
  Log(LogLevel::kWarn, "the stored offset " + std::to_string(*stored) + " of " + group + " is behind the end of " +
                           source.topic + "-" + std::to_string(source.partition) + ", " + std::to_string(end) +
                           ": records were lost; going on there");
  return end;
}

template <class Base>
void ConsumerContextOf<Base>::StoreOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) {
  gate_.Pass([&] {
    offsets_.CommitConsumerOffset(group, source, offset);
    broker_.NoteConsumerOffset(group, source, offset);
  });
}

template <class Base>
void ConsumerContextOf<Base>::Reject(const SinkRecord& record, std::string_view reason) {
  const std::string what = "record " + std::to_string(record.offset) + " of " + record.topic + "-" +
                           std::to_string(record.partition) + " " + std::string(reason);
  std::int64_t rejected = 0;
  {
    std::lock_guard lock(mutex_);
    rejected = ++rejected_;
    if (first_rejection_.empty()) first_rejection_ = what;
  }
  state_.Merge({{"records_skipped", rejected}});
  state_.Wake();
  // A topic of nothing else must not fill the log.
  if (tolerant_ && (rejected & (rejected - 1)) == 0) {
    Log(LogLevel::kWarn, "skipped, as errors.tolerance = all (" + std::to_string(rejected) + " so far): " + what);
  }
}

template <class Base>
void ConsumerContextOf<Base>::RequireNoRejection() const {
  std::lock_guard lock(mutex_);
  if (tolerant_ || first_rejection_.empty()) return;
  throw std::runtime_error(first_rejection_ + "; or skip such records with errors.tolerance = all");
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
