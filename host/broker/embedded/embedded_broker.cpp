#include "broker_embedded/embedded_broker.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>

#include <base/log.h>
#include <base/private_files.h>
#include "open_broker.h"
#include "producer.h"
#include "reader.h"
#include "retention.h"
#include "source_recovery.h"
#include "sync_thread.h"
#include "topic.h"

namespace framespool::broker::embedded {

File LockDirectory(const std::filesystem::path& directory) {
  if (const std::error_code error = base::MakePrivateFolder(directory))
    throw BrokerError("cannot create the log directory " + directory.string() + ": " + error.message());
  // One of an earlier release, or of another umask.
  if (const std::error_code error = base::MakePrivate(directory)) {
    log::Warn("broker", "others than this user may be able to read " + directory.string() +
                            ", and this cannot be changed: " + error.message());
  }
  File lock(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock) throw BrokerError("cannot open the log directory " + directory.string() + ": " + ErrorText(errno));
  if (flock(lock.fd(), LOCK_EX | LOCK_NB) != 0) {
    throw BrokerError("the log directory " + directory.string() +
                      " is in use by another worker; stop that, or use another data.dir");
  }
  return lock;
}

namespace {

class EmbeddedBroker final : public Broker {
 public:
  EmbeddedBroker(const EmbeddedOptions& options, FileOps& files)
      : options_(options),
        lock_(LockDirectory(options_.directory)),
        services_{.files = files,
                  .buffers = std::make_shared<BufferPool>(),
                  .recent_bytes = recent_bytes_,
                  .sync_times = sync_times_,
                  .problems = problems_,
                  .schedule_sync = [this](PartitionSync& partition) { sync_.Schedule(partition); },
                  .cancel_sync = [this](PartitionSync& partition) { sync_.Cancel(partition); },
                  .retention_due = [this] { retention_.Wake(); },
                  .grown = [this](std::uint64_t bytes) { retention_.NoteGrowth(bytes); }},
        space_(files, problems_, options_.directory, options_.free_space_floor, [this] { retention_.Wake(); }),
        topics_(services_, options_),
        // With a sync before each ack the thread only seals what retention rolls.
        retention_(topics_, space_),
        sync_(options_.sync_interval.count() > 0 ? options_.sync_interval : std::chrono::seconds(1)) {
    topics_.Open();
    std::uint64_t bytes = 0;
    for (const auto& partition : topics_.AllPartitions()) {
      sequence_.RaiseTo(partition->sequence_at_open());
      bytes += partition->segments().disk_bytes();
    }
    // What the log has already counts as free, or its share would shrink with each start.
    const std::uint64_t total =
        options_.total_bytes != 0 ? options_.total_bytes : (files.Space(options_.directory).available + bytes) / 2;
    if (!options_.keeps_all) retention_.Start(total);
  }

  ~EmbeddedBroker() override {
    retention_.Stop();
    sync_.Stop();
    for (const auto& partition : topics_.AllPartitions()) {
      try {
        partition->Recover();
        partition->sync().Sync();
      } catch (const std::exception& error) {
        log::Error("broker", std::string("at the end: ") + error.what());
      }
    }
  }

  std::string ClusterId() override { return "embedded"; }

  Health GetHealth() override {
    Health health{.reachable = true, .message = {}, .problems = problems_.All()};
    const auto blocking = std::find_if(health.problems.begin(), health.problems.end(),
                                       [](const base::StandingProblem& problem) { return problem.blocks_storing; });
    if (blocking != health.problems.end()) {
      health.reachable = false;
      health.message = blocking->message;
    }
    return health;
  }

  void EnsureTopic(const TopicSpec& spec) override { topics_.Ensure(spec); }

  std::optional<TopicInfo> Describe(const std::string& name) override {
    const auto topic = topics_.Find(name);
    return topic != nullptr ? std::optional(topic->Describe()) : std::nullopt;
  }

  std::vector<TopicInfo> Topics() override {
    std::vector<TopicInfo> infos;
    for (const auto& topic : topics_.All()) infos.push_back(topic->Describe());
    return infos;
  }

  std::map<std::string, std::int32_t> PartitionCounts() override {
    std::map<std::string, std::int32_t> counts;
    for (const auto& topic : topics_.All())
      counts[topic->name()] = static_cast<std::int32_t>(topic->partitions()->size());
    return counts;
  }

  bool DeleteTopic(const std::string& topic) override {
    const bool removed = topics_.Remove(topic);
    const std::lock_guard lock(refused_mutex_);
    std::erase_if(refused_ends_, [&](const auto& end) { return end.first.topic == topic; });
    return removed;
  }

  std::unique_ptr<Producer> OpenProducer(const ClientSettings& settings, AckHandler on_ack) override {
    return std::make_unique<EmbeddedProducer>(topics_, sequence_, space_, options_.sync_interval.count() == 0,
                                              settings.keeps_source_offsets ? settings.connector : "",
                                              std::move(on_ack));
  }

  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source, const ClientSettings& /*settings*/) override {
    auto topic = topics_.Find(source.topic);
    if (topic == nullptr) topic = topics_.Ensure({.name = source.topic, .partitions = {}, .config = {}});
    const auto partitions = topic->partitions();
    if (source.partition < 0 || static_cast<std::size_t>(source.partition) >= partitions->size()) {
      throw BrokerError("topic " + source.topic + " has no partition " + std::to_string(source.partition) +
                        ", only 0 to " + std::to_string(partitions->size() - 1) +
                        "; create the topic with more partitions");
    }
    return std::make_unique<Reader>((*partitions)[static_cast<std::size_t>(source.partition)]);
  }

  std::optional<std::string> TopicSettingProblem(const std::string& setting, const std::string& value) const override {
    if (setting == "replication.factor") return std::nullopt;  // there is one copy, whatever a config for Kafka says
    if (setting != "partitions") return embedded::TopicSettingProblem(setting, value);
    std::int32_t number = 0;
    if (ParseValue(Trim(value), number) && number <= kMostPartitions) return std::nullopt;
    return "must be at most " + std::to_string(kMostPartitions) + ", but is \"" + value + "\"";
  }

  std::optional<RecordLimit> LargestRecord(const TopicSpec& spec, const ClientSettings& /*settings*/) override {
    const auto topic = topics_.Find(spec.name);
    const auto config = topic != nullptr ? topic->Describe().config : spec.config;
    RecordLimit limit{static_cast<std::int64_t>(options_.max_record_bytes), "the worker's message.max.bytes"};
    const auto own = config.find("max.message.bytes");
    if (own != config.end() && ParseValue(own->second, limit.bytes))
      limit.setting = "max.message.bytes of topic " + spec.name;
    return limit;
  }

  void RecoverSourceOffsets(const Checkpoint& since, RecoveryHandler on_recovered) override {
    NewestOffsets newest;
    sequence_.RaiseTo(since.sequence);
    for (const auto& partition : topics_.AllPartitions()) {
      const auto end = since.ends.find(partition->id());
      if (end != since.ends.end()) partition->RaiseEnd(end->second);
      const std::int64_t found_end = partition->segments().window().end;
      sequence_.RaiseTo(CollectSourceOffsets(*partition, end == since.ends.end() ? 0 : end->second, newest));
      partition->acked().Note(0, found_end);
    }
    {
      const std::set<std::string> refused = topics_.Refused();
      const std::lock_guard lock(refused_mutex_);
      for (const auto& [source, end] : since.ends) {
        if (refused.contains(source.topic)) refused_ends_[source] = end;
      }
    }
    std::vector<SourceOffset> offsets;
    for (auto& [key, offset] : newest) offsets.push_back(std::move(offset));
    on_recovered(offsets);
  }

  Checkpoint Acknowledged() override {
    Checkpoint checkpoint;
    {
      const std::lock_guard lock(refused_mutex_);
      checkpoint.ends = refused_ends_;
    }
    for (const auto& partition : topics_.AllPartitions()) {
      std::int64_t& end = checkpoint.ends[partition->id()];
      end = std::max(end, partition->acked().Get());
    }
    // Behind the ends, so that it is above what is before them.
    checkpoint.sequence = sequence_.Last();
    return checkpoint;
  }

  void Sync() override {
    for (const auto& partition : topics_.AllPartitions()) partition->sync().Sync();
  }

  std::int64_t ResumeOffset(const TopicPartition& source, std::int64_t offset) override {
    const auto topic = topics_.Find(source.topic);
    if (topic == nullptr) return offset;
    const auto partitions = topic->partitions();
    const auto number = static_cast<std::size_t>(source.partition);
    return number < partitions->size() ? std::min(offset, (*partitions)[number]->segments().window().end) : offset;
  }

  std::int64_t RemovedBefore(const TopicPartition& source, std::int64_t offset) override {
    const auto topic = topics_.Find(source.topic);
    if (topic == nullptr) return 0;
    const auto head = (*topic->partitions())[static_cast<std::size_t>(source.partition)]->offsets().HeadAt(offset);
    return head ? head->removed_before() : 0;
  }

  const base::Histogram* SyncTimes() const noexcept override { return &sync_times_; }

  std::uint64_t NextSequence() override { return sequence_.Next(); }

  // The store keeps consumer offsets, and the embedded log has no tools of its own that would show them.
  void NoteConsumerOffset(const std::string&, const TopicPartition&, std::optional<std::int64_t>) override {}

 private:
  const EmbeddedOptions options_;
  const File lock_;
  std::atomic<std::size_t> recent_bytes_{0};
  base::Histogram sync_times_;
  Problems problems_;
  const PartitionServices services_;
  SpaceGuard space_;
  Sequence sequence_;
  embedded::Topics topics_;
  Retention retention_;
  SyncThread sync_;
  std::mutex refused_mutex_;
  /// Of topics that could not be opened at the start: what is behind was not recovered yet, also when they are opened
  /// later.
  std::map<TopicPartition, std::int64_t> refused_ends_;
};

}  // namespace

std::unique_ptr<Broker> Open(const EmbeddedOptions& options, FileOps& files) {
  return std::make_unique<EmbeddedBroker>(options, files);
}

}  // namespace framespool::broker::embedded

namespace framespool::broker {

std::unique_ptr<Broker> OpenEmbeddedBroker(const EmbeddedOptions& options) {
  return embedded::Open(options, embedded::FileOps::Real());
}

}  // namespace framespool::broker
