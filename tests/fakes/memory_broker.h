#pragma once

#include <broker/broker.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>

namespace framespool {

/// A Broker in memory, for tests of what stands on it. Topics have one partition unless EnsureTopic says more.
class MemoryBroker : public broker::Broker {
 public:
  struct Stored {
    SinkRecord record;
    broker::SourceOffset source;
  };

  /// Somebody keeps `topic` for himself. Before there is anybody who asks.
  void Keep(std::string topic) { kept_.insert(std::move(topic)); }
  std::string KeeperOf(const std::string& topic) const override { return kept_.contains(topic) ? "the test" : ""; }
  /// How often EnsureTopic() and Describe() have been called.
  int ensured() const { return ensured_; }
  int described() const { return described_; }
  /// The next `count` appends throw RetriableError.
  void RefuseAppends(int count) { refusals_ = count; }
  /// `topic` takes no value of more bytes. Set it before the first append.
  void LimitValues(std::string topic, std::size_t bytes) { limit_ = {std::move(topic), bytes}; }
  /// `call` is made at the beginning of every append, on the appending thread. Set it before the first.
  void BeforeAppends(std::function<void()> call) { before_append_ = std::move(call); }
  /// `call` is made by Sync(), on its thread. Set it before the first.
  void OnSync(std::function<void()> call) { on_sync_ = std::move(call); }
  std::vector<Stored> Records(const std::string& topic, std::int32_t partition = 0) {
    std::lock_guard lock(mutex_);
    return logs_[{topic, partition}];
  }
  /// Waits until `topic` has `count` records; false after ten seconds.
  bool AwaitRecords(const std::string& topic, std::size_t count) {
    std::unique_lock lock(mutex_);
    return appended_.wait_for(lock, std::chrono::seconds(60), [&] { return logs_[{topic, 0}].size() >= count; });
  }
  std::map<std::pair<std::string, TopicPartition>, std::optional<std::int64_t>> noted;

  std::string ClusterId() override { return "memory"; }
  broker::Health GetHealth() override { return {}; }
  void EnsureTopic(const broker::TopicSpec& spec) override {
    ++ensured_;
    std::lock_guard lock(mutex_);
    for (std::int32_t partition = 0; partition < spec.partitions.value_or(1); ++partition)
      logs_[{spec.name, partition}];
  }
  std::optional<broker::TopicInfo> Describe(const std::string& topic) override {
    ++described_;
    std::lock_guard lock(mutex_);
    broker::TopicInfo info{.name = topic, .partitions = {}, .bytes = 0, .config = {}};
    for (const auto& [source, log] : logs_) {
      if (source.topic == topic) info.partitions.push_back({0, static_cast<std::int64_t>(log.size()), {}, {}});
    }
    return info.partitions.empty() ? std::nullopt : std::optional(info);
  }
  std::vector<broker::TopicInfo> Topics() override { return {}; }
  std::map<std::string, std::int32_t> PartitionCounts() override {
    std::lock_guard lock(mutex_);
    std::map<std::string, std::int32_t> counts;
    for (const auto& [source, log] : logs_) ++counts[source.topic];
    return counts;
  }
  bool DeleteTopic(const std::string& topic) override {
    std::lock_guard lock(mutex_);
    std::erase_if(acked_, [&](const auto& end) { return end.first.topic == topic; });
    return std::erase_if(logs_, [&](const auto& log) { return log.first.topic == topic; }) > 0;
  }

  std::unique_ptr<broker::Producer> OpenProducer(const broker::ClientSettings& settings,
                                                 broker::AckHandler on_ack) override {
    return std::make_unique<MemoryProducer>(*this, settings.keeps_source_offsets ? settings.connector : "",
                                            std::move(on_ack));
  }
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source, const broker::ClientSettings&) override {
    std::lock_guard lock(mutex_);
    logs_[source];
    return std::make_unique<MemoryReader>(*this, source);
  }
  void RecoverSourceOffsets(const broker::Checkpoint& since, broker::RecoveryHandler on_recovered) override {
    std::vector<broker::SourceOffset> found;
    {
      std::lock_guard lock(mutex_);
      for (const auto& [source, log] : logs_) {
        const auto end = since.ends.find(source);
        for (std::size_t i = end == since.ends.end() ? 0 : static_cast<std::size_t>(end->second); i < log.size(); ++i) {
          found.push_back(log[i].source);
        }
        acked_[source] = static_cast<std::int64_t>(log.size());
      }
    }
    on_recovered(found);
  }
  broker::Checkpoint Acknowledged() override {
    std::lock_guard lock(mutex_);
    return {.ends = acked_, .sequence = sequence_};
  }
  void Sync() override {
    if (on_sync_) on_sync_();
  }
  std::int64_t ResumeOffset(const TopicPartition& source, std::int64_t offset) override {
    std::lock_guard lock(mutex_);
    const auto log = logs_.find(source);
    return log == logs_.end() ? offset : std::min(offset, static_cast<std::int64_t>(log->second.size()));
  }
  std::uint64_t NextSequence() override {
    std::lock_guard lock(mutex_);
    return ++sequence_;
  }
  void NoteConsumerOffset(const std::string& group, const TopicPartition& source,
                          std::optional<std::int64_t> offset) override {
    std::lock_guard lock(mutex_);
    noted[{group, source}] = offset;
  }

  std::optional<std::string> TopicSettingProblem(const std::string& setting, const std::string&) const override {
    return setting == "foo" ? std::optional<std::string>("is no setting of this broker") : std::nullopt;
  }

 private:
  class MemoryProducer final : public broker::Producer {
   public:
    MemoryProducer(MemoryBroker& owner, std::string connector, broker::AckHandler on_ack)
        : owner_(owner), connector_(std::move(connector)), on_ack_(std::move(on_ack)) {}
    void Append(std::vector<SourceRecord>&& records) override {
      for (const SourceRecord& record : records) {
        if (record.topic == owner_.limit_.first && record.value.size() > owner_.limit_.second)
          throw broker::RecordRefused("a value is too large for topic " + record.topic);
      }
      const auto where = owner_.Append(connector_, records);
      std::vector<std::string> topics;
      for (const SourceRecord& record : records) topics.push_back(record.topic);
      on_ack_(records, where, nullptr);
      std::lock_guard lock(owner_.mutex_);
      for (std::size_t i = 0; i < where.size(); ++i) {
        std::int64_t& end = owner_.acked_[{topics[i], where[i].partition}];
        end = std::max(end, where[i].offset + 1);
      }
    }
    void Service(std::chrono::milliseconds) override {}
    std::size_t Outstanding() const noexcept override { return 0; }

   private:
    MemoryBroker& owner_;
    const std::string connector_;
    const broker::AckHandler on_ack_;
  };

  class MemoryReader final : public TopicReader {
   public:
    MemoryReader(MemoryBroker& owner, TopicPartition source) : owner_(owner), source_(std::move(source)) {}
    const TopicPartition& source() const noexcept override { return source_; }
    Extent extent() override {
      std::lock_guard lock(owner_.mutex_);
      return {0, static_cast<std::int64_t>(log().size()), {}, {}};
    }
    void Seek(std::int64_t offset) override { position_ = offset; }
    std::int64_t OffsetAt(Timestamp time) override {
      std::lock_guard lock(owner_.mutex_);
      const auto& log = this->log();
      std::int64_t offset = 0;
      while (static_cast<std::size_t>(offset) < log.size() &&
             log[static_cast<std::size_t>(offset)].record.timestamp < time)
        ++offset;
      return offset;
    }
    std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) override {
      std::lock_guard lock(owner_.mutex_);
      const auto& log = this->log();
      bool needs_mark = false;
      for (auto at = std::min(offset + 1, static_cast<std::int64_t>(log.size())); at-- > 0; needs_mark = true) {
        const SyncPoint sync_point = log[static_cast<std::size_t>(at)].record.sync_point;
        if (sync_point == SyncPoint::kHere || (sync_point == SyncPoint::kEach && !needs_mark)) return at;
      }
      return std::nullopt;
    }
    std::int64_t position() const noexcept override { return position_; }
    std::vector<SinkRecord> Read(std::size_t max_records, std::size_t, std::chrono::milliseconds wait,
                                 std::stop_token stop) override {
      std::unique_lock lock(owner_.mutex_);
      const auto ready = [&] { return interrupted_ || log().size() > static_cast<std::size_t>(position_); };
      owner_.appended_.wait_for(lock, stop, wait, ready);
      interrupted_ = false;
      const auto& log = this->log();
      std::vector<SinkRecord> records;
      while (records.size() < max_records && static_cast<std::size_t>(position_) < log.size()) {
        records.push_back(log[static_cast<std::size_t>(position_++)].record);
      }
      return records;
    }
    void Interrupt() override {
      {
        std::lock_guard lock(owner_.mutex_);
        interrupted_ = true;
      }
      owner_.appended_.notify_all();
    }

   private:
    /// Of a topic that was deleted nothing. Under the broker's lock.
    const std::vector<Stored>& log() const {
      static const std::vector<Stored> nothing;
      const auto found = owner_.logs_.find(source_);
      return found == owner_.logs_.end() ? nothing : found->second;
    }

    MemoryBroker& owner_;
    const TopicPartition source_;
    std::int64_t position_ = 0;
    bool interrupted_ = false;
  };

  std::vector<broker::Appended> Append(const std::string& connector, const std::vector<SourceRecord>& records) {
    if (before_append_) before_append_();
    std::vector<broker::Appended> where;
    {
      std::lock_guard lock(mutex_);
      if (refusals_ > 0) {
        --refusals_;
        throw RetriableError("no space left, said the test");
      }
      for (const SourceRecord& record : records) {
        const std::int32_t partition = record.partition.value_or(0);
        auto& log = logs_[{record.topic, partition}];
        const auto offset = static_cast<std::int64_t>(log.size());
        log.push_back({{record.topic, partition, offset, record.key, record.value, record.headers, record.timestamp,
                        record.sync_point},
                       {connector, record.source_partition, record.source_offset, ++sequence_}});
        where.push_back({partition, offset, sequence_});
      }
    }
    appended_.notify_all();
    return where;
  }

  std::set<std::string> kept_;
  std::atomic<int> ensured_ = 0;
  std::atomic<int> described_ = 0;
  std::function<void()> before_append_;
  std::function<void()> on_sync_;
  std::mutex mutex_;
  std::condition_variable_any appended_;
  std::map<TopicPartition, std::vector<Stored>> logs_;
  std::map<TopicPartition, std::int64_t> acked_;  // ends of what the handlers have been told of
  std::uint64_t sequence_ = 0;
  int refusals_ = 0;
  std::pair<std::string, std::size_t> limit_;
};

}  // namespace framespool
