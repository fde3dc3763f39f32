#include "sink_context.h"

#include <utility>

#include <base/log.h>

namespace framespool::runtime {

namespace {

/// Another reader that stands still while the task is paused: the viewers of a paused sink keep their last picture.
class PausableReader final : public TopicReader {
 public:
  PausableReader(std::unique_ptr<TopicReader> reader, TaskState& state) : reader_(std::move(reader)), state_(state) {}
  const TopicPartition& source() const noexcept override { return reader_->source(); }
  Extent extent() override { return reader_->extent(); }
  void Seek(std::int64_t offset) override { reader_->Seek(offset); }
  std::int64_t OffsetAt(Timestamp time) override { return reader_->OffsetAt(time); }
  std::int64_t position() const noexcept override { return reader_->position(); }
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                               std::stop_token stop) override {
    // Read() of a paused reader waits in slices, so that Interrupt() ends it soon.
    if (state_.AwaitResumed(stop, std::min<std::chrono::milliseconds>(wait, std::chrono::milliseconds(50)))) return {};
    const std::int64_t from = reader_->position();
    auto records = reader_->Read(max_records, max_bytes, wait, stop);
    if (!records.empty() && state_.paused()) {
      reader_->Seek(from);
      records.clear();
    }
    if (!records.empty()) state_.NoteTopicUsed(records.front().topic);
    return records;
  }
  void Interrupt() override { reader_->Interrupt(); }

 private:
  std::unique_ptr<TopicReader> reader_;
  TaskState& state_;
};

}  // namespace

SinkContext::SinkContext(const TaskIdentity& identity, TaskState& state, EffectGate& gate,
                         std::vector<std::string> topics, broker::Broker& broker, broker::ClientSettings settings,
                         store::OffsetStore& offsets, bool tolerant)
    : identity_(identity),
      state_(state),
      gate_(gate),
      topics_(std::move(topics)),
      group_("connect-" + identity.connector),
      broker_(broker),
      settings_(std::move(settings)),
      offsets_(offsets),
      tolerant_(tolerant) {}

void SinkContext::Log(LogLevel level, std::string_view message) { log::Write(level, identity_.logger(), message); }

std::vector<TopicPartition> SinkContext::Assignment() {
  std::vector<TopicPartition> assignment;
  for (const std::string& topic : topics_) {
    const std::int32_t partitions = Partitions(topic);
    for (std::int32_t partition = 0; partition < partitions; ++partition) assignment.push_back({topic, partition});
  }
  return assignment;
}

std::int32_t SinkContext::Partitions(const std::string& topic) {
  broker_.EnsureTopic({.name = topic, .partitions = std::nullopt, .config = {}});
  const auto info = broker_.Describe(topic);
  return info ? static_cast<std::int32_t>(info->partitions.size()) : 0;
}

void SinkContext::PauseConsumption() {
  std::lock_guard lock(mutex_);
  consumption_paused_ = true;
}

void SinkContext::ResumeConsumption() {
  std::lock_guard lock(mutex_);
  consumption_paused_ = false;
}

bool SinkContext::consumption_paused() const {
  std::lock_guard lock(mutex_);
  return consumption_paused_;
}

void SinkContext::Seek(const TopicPartition& source, std::int64_t offset) {
  std::lock_guard lock(mutex_);
  seeks_[source] = offset;
}

std::map<TopicPartition, std::int64_t> SinkContext::TakeSeeks() {
  std::lock_guard lock(mutex_);
  return std::exchange(seeks_, {});
}

std::unique_ptr<TopicReader> SinkContext::OpenReader(const TopicPartition& source) {
  return std::make_unique<PausableReader>(broker_.OpenReaderWith(settings_, source), state_);
}

std::optional<std::int64_t> SinkContext::CommittedOffset(const std::string& group, const TopicPartition& source) {
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

void SinkContext::CommitOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) {
  gate_.Pass([&] {
    offsets_.CommitConsumerOffset(group, source, offset);
    broker_.NoteConsumerOffset(group, source, offset);
  });
}

void SinkContext::Reject(const SinkRecord& record, std::string_view reason) {
  const std::string what = "record " + std::to_string(record.offset) + " of " + record.topic + "-" +
                           std::to_string(record.partition) + " " + std::string(reason);
  std::int64_t rejected = 0;
  {
    std::lock_guard lock(mutex_);
    rejected = ++rejected_;
    if (first_rejection_.empty()) first_rejection_ = what;
  }
  state_.Merge({{"records_skipped", rejected}});
  // A topic of nothing else must not fill the log.
  if (tolerant_ && (rejected & (rejected - 1)) == 0) {
    Log(LogLevel::kWarn, "skipped, as errors.tolerance = all (" + std::to_string(rejected) + " so far): " + what);
  }
}

void SinkContext::RequireNoRejection() const {
  std::lock_guard lock(mutex_);
  if (tolerant_ || first_rejection_.empty()) return;
  throw std::runtime_error(first_rejection_ + "; or skip such records with errors.tolerance = all");
}

std::optional<std::string> SinkContext::BrokerTrouble() {
  broker::Health health = broker_.GetHealth();
  return health.reachable ? std::nullopt : std::optional(std::move(health.message));
}

}  // namespace framespool::runtime
