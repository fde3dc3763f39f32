#include <framespool/plugin.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace framespool;
using Clock = std::chrono::steady_clock;

/// Reads topics of the worker's own broker into another one, so that transforms may stand between any two. Its source
/// offsets are places in those topics: with exactly-once no record is missing or there twice, whatever happens.
class TopicSource final : public SourceTask {
 public:
  static constexpr bool kReadsTopics = true;
  enum class PartitionBy { kKey, kSource };
  struct Config {
    std::vector<std::string> source_topics;
    std::string topic;
    PartitionBy partition_by = PartitionBy::kKey;
  };

  static const ConfigDef<Config>& Describe() {
    static const auto def = [] {
      ConfigDef<Config> keys;
      keys.Field("source.topics", &Config::source_topics, "The topics to read, comma-separated.")
          .Required()
          .Role(Role::kTopic)
          .DisplayName("Source topics")
          .Group("Topics")
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
          .Width(Width::kShort);
      keys.Rule("topic", [](const Config& config) -> std::optional<Problem> {
        if (std::find(config.source_topics.begin(), config.source_topics.end(), config.topic) ==
            config.source_topics.end()) {
          return std::nullopt;
        }
        return Problem{.message = "must be another topic than those of source.topics, but is " + config.topic +
                                  ": it would read its own records again, for ever"};
      });
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
    const bool known = name != nullptr && std::find(config.source_topics.begin(), config.source_topics.end(), *name) !=
                                              config.source_topics.end();
    if (partition.size() != 2 || !known || at == nullptr || *at < 0) {
      return Problem{.message =
                         "partition must be {\"topic\": TOPIC, \"partition\": NUMBER} with a topic of "
                         "source.topics"};
    }
    const auto* next = offset.contains("offset") ? std::get_if<std::int64_t>(&offset.at("offset")) : nullptr;
    if (offset.size() != 1 || next == nullptr || *next < 0) {
      return Problem{.message =
                         "offset must be {\"offset\": NUMBER}, that of the next record to read, a whole number "
                         "of at least 0"};
    }
    return std::nullopt;
  }

  TopicSource(Config config, SourceTaskContext& context) : config_(std::move(config)), context_(context) {}

  std::vector<SourceRecord> Poll(std::stop_token stop) override {
    FollowPartitions();
    std::vector<SinkRecord> read = consumer_->Read(kMostRecords, kMostBytes, kWait, stop);
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

  /// Opens what there is to read, again when it has become more. RetriableError while a topic is missing.
  void FollowPartitions() {
    if (consumer_ && Clock::now() < next_look_) return;
    std::vector<TopicPartition> sources;
    for (const std::string& topic : config_.source_topics) {
      const std::int32_t partitions = context_.Partitions(topic);
      if (partitions == 0)
        throw RetriableError("source.topics names " + topic + ", which does not exist yet; waiting for it");
      for (std::int32_t i = 0; i < partitions; ++i) sources.push_back({topic, i});
    }
    next_look_ = Clock::now() + kBetweenLooks;
    if (consumer_ && sources == sources_) return;
    auto consumer = context_.OpenConsumer(sources);
    std::map<TopicPartition, std::int64_t> places;
    for (const TopicPartition& source : sources) {
      const auto place = places_.find(source);
      const auto stored = place == places_.end() ? context_.StoredOffset(PlaceOf(source)) : std::nullopt;
      if (place != places_.end()) places[source] = place->second;
      if (stored) places[source] = std::get<std::int64_t>(stored->at("offset"));
      if (places.contains(source)) consumer->Seek(source, places.at(source));
    }
    consumer_ = std::move(consumer);
    sources_ = std::move(sources);
    places_ = std::move(places);
  }

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
  std::unique_ptr<TopicConsumer> consumer_;
  Clock::time_point next_look_;
};

}  // namespace

FRAMESPOOL_PLUGIN("0.1.0", Source<TopicSource>("TopicSource", "Records of topics into another topic."))
