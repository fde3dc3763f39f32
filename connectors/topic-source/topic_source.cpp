#include <framespool/plugin.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "topic_choice.h"
#include "topic_source_config.h"
#include "topic_watch.h"

namespace {

using namespace framespool;
using namespace framespool::topic_source;
using Clock = std::chrono::steady_clock;

std::optional<Problem> ChoiceProblem(const TopicSourceConfig& config) {
  const bool named = !config.source_topics.empty();
  const bool by_pattern = !config.source_topics_regex.empty();
  if (!named && !by_pattern)
    return Problem{.message = "must name the topics to read, or source.topics.regex a pattern of their names",
                   .kind = kind::kRequired};
  if (named && by_pattern)
    return Problem{.message =
                       "and the other of source.topics and source.topics.regex are mutually exclusive options, but "
                       "both are set"};
  return std::nullopt;
}

std::optional<Problem> CircleProblem(const TopicSourceConfig& config) {
  const auto& read = config.source_topics;
  if (std::find(read.begin(), read.end(), config.topic) == read.end()) return std::nullopt;
  return Problem{.message = "must be another topic than those of source.topics, but is " + config.topic +
                            ": it would read its own records again, for ever"};
}

std::optional<Problem> PartitionsProblem(const TopicSourceConfig& config) {
  const TopicChoice choice(config);
  for (const std::string& name : config.source_partitions) {
    const auto partition = PartitionNamed(name);
    if (partition && choice.Holds(partition->topic)) continue;
    return Problem{.message =
                       "must be partitions of the topics to read, as numbers-0 is one of numbers, but one is \"" +
                       name + "\""};
  }
  return std::nullopt;
}

/// Reads topics of the worker's own broker into another one, so that transforms may stand between any two. Its source
/// offsets are places in those topics: with exactly-once no record is missing or there twice, whatever happens.
class TopicSource final : public SourceTask {
 public:
  static constexpr bool kReadsTopics = true;
  using Config = TopicSourceConfig;
  using PartitionBy = Config::PartitionBy;

  static const ConfigDef<Config>& Describe() {
    static const auto def = [] {
      ConfigDef<Config> keys;
      keys.Field("source.topics", &Config::source_topics, "The topics to read, comma-separated.")
          .Role(Role::kTopic)
          .Importance(Importance::kHigh)
          .DisplayName("Source topics")
          .Group("Topics")
          .Field("source.topics.regex", &Config::source_topics_regex,
                 "A pattern (RE2) of the topics to read, in the place of source.topics: those whose whole name it "
                 "matches, also when they come later. It never takes `topic`, nor what Kafka and workers keep for "
                 "themselves.")
          .Role(Role::kTopicPattern)
          .DisplayName("Source topics regex")
          .Group("Topics")
          .Width(Width::kLong)
          .Field("topic", &Config::topic, "The topic that gets their records.")
          .Required()
          .Role(Role::kTopic)
          .DisplayName("Topic")
          .Group("Topics")
          .Field("partition.by", &Config::partition_by,
                 "key: a record's key chooses its partition, as for any source. source: it gets the number of the "
                 "partition that it was read from; the topic needs as many then.",
                 {{"key", PartitionBy::kKey}, {"source", PartitionBy::kSource}})
          .DisplayName("Partition by")
          .Group("Topics")
          .Width(Width::kShort)
          .Field("source.partitions", &Config::source_partitions,
                 "Which partitions of those topics to read, numbers-0,numbers-1; empty: all. The tasks of a connector "
                 "with several have theirs here.")
          .Importance(Importance::kLow)
          .DisplayName("Source partitions")
          .Group("Topics")
          .Width(Width::kLong)
          .Rule("source.topics", ChoiceProblem)
          .Rule("source.topics.regex",
                [](const Config& config) {
                  return config.source_topics_regex.empty() ? std::nullopt : ChoiceProblem(config);
                })
          .Rule("source.partitions", PartitionsProblem)
          .Rule("topic", CircleProblem);
      return keys;
    }();
    return def;
  }

  static const std::vector<MetricSpec>& Metrics() {
    static const std::vector<MetricSpec> metrics{{.name = "records_lag",
                                                  .unit = "records",
                                                  .doc = "Records of the source topics that are still to be read.",
                                                  .plot = "Lag",
                                                  .label = "lag",
                                                  .role = MetricRole::kLag}};
    return metrics;
  }

  static RecordFacts DescribeRecord(const SourceRecord& record) {
    const std::string type(FindHeader(record.headers, "content-type").value_or(""));
    Fields facts = record.source_partition;
    if (record.key) facts["key"] = *record.key;
    return {.content_type = type,
            .shows = type.starts_with("image/") || type.starts_with("text/"),
            .facts = std::move(facts),
            .time = std::nullopt};
  }

  static std::optional<Problem> CheckOffset(const Config& config, const std::string& /*connector*/,
                                            const Fields& partition, const Fields& offset) {
    const auto topic = partition.find("topic");
    const auto* name = topic == partition.end() ? nullptr : std::get_if<std::string>(&topic->second);
    const auto number = partition.find("partition");
    const auto* at = number == partition.end() ? nullptr : std::get_if<std::int64_t>(&number->second);
    const bool known = name != nullptr && TopicChoice(config).Holds(*name);
    if (partition.size() != 2 || !known || at == nullptr || *at < 0) {
      return Problem{.message =
                         std::string("partition must be {\"topic\": TOPIC, \"partition\": NUMBER} with a topic ") +
                         (config.source_topics_regex.empty()
                              ? "of source.topics"
                              : "that source.topics.regex matches, " + config.source_topics_regex)};
    }
    const auto* next = offset.contains("offset") ? std::get_if<std::int64_t>(&offset.at("offset")) : nullptr;
    if (offset.size() != 1 || next == nullptr || *next < 0) {
      return Problem{.message =
                         "offset must be {\"offset\": NUMBER}, that of the next record to read, a whole number "
                         "of at least 0"};
    }
    return std::nullopt;
  }

  static std::vector<RawConfig> TaskConfigs(const Config& config, ConnectorContext& context, int max_tasks) {
    return SplitOf(config, context, max_tasks);
  }

  static std::unique_ptr<ConnectorWatch> Watch(const Config& config, ConnectorContext& context) {
    if (!TopicWatch::IsWanted(context)) return nullptr;
    return std::make_unique<TopicWatch>(config, context, kBetweenLooks / 2);
  }

  TopicSource(Config config, SourceTaskContext& context) : config_(std::move(config)), context_(context) {}

  std::vector<SourceRecord> Poll(std::stop_token stop) override {
    FollowPartitions();
    std::vector<SinkRecord> read = Read(stop);
    std::vector<SourceRecord> records;
    records.reserve(read.size());
    for (SinkRecord& record : read) {
      places_[{record.topic, record.partition}] = record.offset + 1;
      records.push_back(Passed(std::move(record)));
    }
    ReportLag();
    return records;
  }

 private:
  static constexpr std::size_t kMostRecords = 500;
  static constexpr std::size_t kMostBytes = 4 << 20;
  static constexpr std::chrono::milliseconds kWait{500};
  static constexpr std::chrono::seconds kBetweenLooks{10};  // for new partitions

  static Fields PlaceOf(const TopicPartition& source) {
    return {{"topic", source.topic}, {"partition", std::int64_t{source.partition}}};
  }

  std::vector<SinkRecord> Read(const std::stop_token& stop) {
    try {
      return consumer_->Read(kMostRecords, kMostBytes, kWait, stop);
    } catch (const RetriableError&) {
      next_look_ = {};  // a topic may be gone
      throw;
    }
  }

  /// Opens what there is to read, again when that has changed. RetriableError while there is nothing, or while a topic
  /// is missing that is named.
  void FollowPartitions() {
    if (consumer_ && Clock::now() < next_look_) return;
    std::vector<TopicPartition> sources = FindSources();
    next_look_ = Clock::now() + kBetweenLooks;
    if (consumer_ && sources == sources_) return;
    auto consumer = context_.OpenConsumer(sources);
    for (const TopicPartition& source : sources) {
      if (const auto place = PlaceToGoOn(source, consumer->ExtentOf(source))) consumer->Seek(source, *place);
    }
    consumer_ = std::move(consumer);
    sources_ = std::move(sources);
    for (const TopicPartition& source : sources_) missed_.erase(source.topic);
  }

  std::vector<TopicPartition> FindSources() {
    std::vector<TopicPartition> sources;
    if (config_.source_partitions.empty()) {
      for (const std::string& topic : config_.source_topics) {
        const std::int32_t count = CountOf(topic);
        for (std::int32_t i = 0; i < count; ++i) sources.push_back({topic, i});
      }
    } else {
      std::map<std::string, std::int32_t> counts;
      for (const std::string& name : config_.source_partitions) {
        auto partition = PartitionNamed(name);
        if (!counts.contains(partition->topic)) counts[partition->topic] = CountOf(partition->topic);
        if (partition->partition < counts.at(partition->topic)) sources.push_back(*std::move(partition));
      }
    }
    if (!sources.empty()) return sources;
    consumer_.reset();
    throw RetriableError("there is nothing to read now of what source.topics" +
                         std::string(by_pattern() ? ".regex matches" : " names") + "; waiting for it");
  }

  /// How many partitions there are of `topic`. One that is gone is left to a new split where a pattern has taken it,
  /// and waited for where it is named.
  std::int32_t CountOf(const std::string& topic) {
    const std::int32_t count = context_.Partitions(topic);
    if (count > 0) return count;
    missed_.insert(topic);
    if (by_pattern()) return 0;
    consumer_.reset();
    throw RetriableError("source.topics names " + topic + ", which does not exist yet; waiting for it");
  }

  /// Nothing: at the first record.
  std::optional<std::int64_t> PlaceToGoOn(const TopicPartition& source, const Extent& extent) {
    const auto known = places_.find(source);
    if (known == places_.end()) {
      const auto stored = context_.StoredOffset(PlaceOf(source));
      if (!stored) return std::nullopt;
      places_[source] = std::get<std::int64_t>(stored->at("offset"));
    }
    const std::int64_t place = places_.at(source);
    // Another topic that came by the same name, which holds none of what was read.
    if (missed_.contains(source.topic) && extent.end < place) {
      places_.erase(source);
      return std::nullopt;
    }
    return place;
  }

  bool by_pattern() const noexcept { return !config_.source_topics_regex.empty(); }

  SourceRecord Passed(SinkRecord record) const {
    return {.topic = config_.topic,
            .partition = config_.partition_by == PartitionBy::kSource ? std::optional(record.partition) : std::nullopt,
            .key = std::move(record.key),
            .value = std::move(record.value),
            .headers = std::move(record.headers),
            .timestamp = record.timestamp,
            .source_partition = PlaceOf({record.topic, record.partition}),
            .source_offset = {{"offset", record.offset + 1}},
            .sync_point = record.sync_point};
  }

  void ReportLag() {
    std::int64_t lag = 0;
    for (const TopicPartition& source : sources_) {
      const Extent extent = consumer_->ExtentOf(source);
      const auto place = places_.find(source);
      lag += std::max<std::int64_t>(
          0, extent.end - std::max(extent.first, place == places_.end() ? extent.first : place->second));
    }
    context_.ReportMetrics({{"records_lag", lag}});
  }

  const Config config_;
  SourceTaskContext& context_;
  std::vector<TopicPartition> sources_;
  std::map<TopicPartition, std::int64_t> places_;  // of the next record to read; none where nothing was read yet
  std::set<std::string> missed_;                   // topics that were not there when they were looked for
  std::unique_ptr<TopicConsumer> consumer_;
  Clock::time_point next_look_;
};

}  // namespace

FRAMESPOOL_PLUGIN("0.1.0", Source<TopicSource>("TopicSource", "Records of topics into another topic."))
