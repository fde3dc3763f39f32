// A sink that shares its partitions, and a source that splits its work: the items of a list, which a test writes anew
// as it likes. A word in the place of an item has it misbehave: !throw, !hang and !abort where it is asked for the
// split, !raise and !die where it watches.
#include <framespool/plugin.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace framespool;
using namespace std::chrono_literals;

constexpr auto kBetweenLooks = 10ms;

struct ListConfig {
  std::string topic;
  std::string list;
  std::vector<std::string> items;
};

/// One item a line.
std::vector<std::string> ItemsOf(const std::string& list) {
  std::vector<std::string> items;
  std::ifstream file(list);
  if (!file) throw RetriableError("there is no list yet");
  for (std::string line; std::getline(file, line);) items.push_back(line);
  return items;
}

bool Says(const std::string& list, const std::string& word) {
  const auto items = ItemsOf(list);
  return std::find(items.begin(), items.end(), word) != items.end();
}

class ListWatch final : public ConnectorWatch {
 public:
  ListWatch(const std::string& list, ConnectorContext& context)
      : thread_([list, &context](const std::stop_token& stop) {
          std::vector<std::string> known;
          while (!stop.stop_requested()) {
            std::this_thread::sleep_for(kBetweenLooks);  // decides nothing: until it looks again
            try {
              if (Says(list, "!die")) std::abort();
              if (Says(list, "!raise")) context.RaiseError("the list says so");
              if (auto items = ItemsOf(list); items != known) {
                known = std::move(items);
                context.RequestTaskReconfiguration();
              }
            } catch (const RetriableError&) {
            }
          }
        }) {}

 private:
  std::jthread thread_;
};

/// Counts from 0 for each of its items, turn by turn.
class ListSource final : public SourceTask {
 public:
  using Config = ListConfig;
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field("list", &Config::list, "A file of items, one a line.")
                                .Required()
                                .Field("items", &Config::items, "Those of a task; the split says them.");
    return def;
  }

  static std::vector<RawConfig> TaskConfigs(const Config& config, ConnectorContext& /*context*/, int max_tasks) {
    if (Says(config.list, "!throw")) throw std::runtime_error("the list says so");
    if (Says(config.list, "!abort")) std::abort();
    if (Says(config.list, "!hang")) std::ofstream(config.list + ".hangs") << "it does";
    while (Says(config.list, "!hang")) std::this_thread::sleep_for(kBetweenLooks);  // decides nothing: it hangs
    const auto items = ItemsOf(config.list);
    std::vector<RawConfig> configs(std::min(items.size(), static_cast<std::size_t>(max_tasks)));
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::string& of_task = configs[i % configs.size()]["items"];
      of_task += (of_task.empty() ? "" : ",") + items[i];
    }
    return configs;
  }
  static std::unique_ptr<ConnectorWatch> Watch(const Config& config, ConnectorContext& context) {
    return std::make_unique<ListWatch>(config.list, context);
  }

  ListSource(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    for (const std::string& item : config_.items) {
      const auto stored = context.StoredOffset({{"item", item}});
      next_.push_back(stored ? std::get<std::int64_t>(stored->at("next")) : 0);
    }
  }

  std::vector<SourceRecord> Poll(std::stop_token /*stop*/) override {
    std::this_thread::sleep_for(5ms);  // decides nothing: a source at work
    std::vector<SourceRecord> records;
    for (std::size_t i = 0; i < next_.size(); ++i) {
      const std::string text = std::to_string(next_[i]++);
      const auto bytes = std::as_bytes(std::span(text));
      SourceRecord record;
      record.topic = config_.topic;
      record.key = config_.items[i];
      record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
      record.timestamp = Now();
      record.source_partition = {{"item", config_.items[i]}};
      record.source_offset = {{"next", next_[i]}};
      records.push_back(std::move(record));
    }
    return records;
  }

 private:
  const Config config_;
  std::vector<std::int64_t> next_;
};

/// As many tasks as there may be, which share the partitions. Each says how many it has and what it was given.
class SharingSink final : public SinkTask {
 public:
  struct Config {
    std::string unused;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("unused", &Config::unused, "Nothing.");
    return def;
  }
  static std::vector<RawConfig> TaskConfigs(const Config& /*config*/, ConnectorContext& /*context*/, int max_tasks) {
    return std::vector<RawConfig>(static_cast<std::size_t>(max_tasks));
  }

  SharingSink(const Config& /*config*/, SinkTaskContext& context) : context_(context) { Tell(); }
  void Open(std::span<const TopicPartition> partitions) override {
    partitions_ += static_cast<std::int64_t>(partitions.size());
    Tell();
  }
  void Close(std::span<const TopicPartition> partitions) override {
    partitions_ -= static_cast<std::int64_t>(partitions.size());
    Tell();
  }
  void Put(std::span<const SinkRecord> records, std::stop_token /*stop*/) override {
    taken_ += static_cast<std::int64_t>(records.size());
    Tell();
  }

 private:
  void Tell() { context_.ReportMetrics({{"partitions", partitions_}, {"taken", taken_}}); }

  SinkTaskContext& context_;
  std::int64_t partitions_ = 0;
  std::int64_t taken_ = 0;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<ListSource>("ListSource", "Counts for each item of a list."),
                  Sink<SharingSink>("SharingSink", "Shares partitions over its tasks."))
