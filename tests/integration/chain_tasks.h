#pragma once

#include <stdexcept>

#include "fakes/eventually.h"
#include "task_fixture.h"

namespace framespool::runtime {

inline const Fields kStream{{"stream", std::int64_t{1}}};
inline constexpr std::int64_t kRecords = 12;
inline Notes told;  // to the source, of its records
inline Notes put;   // by the worker into the sink: TOPIC/KEY=VALUE

/// Sends the numbers 0 … 11 with a header of their name; a batch holds four.
class Numbering final : public SourceTask {
 public:
  struct Config {
    std::string topic;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topic", &Config::topic, "Where to.").Required();
    return def;
  }
  Numbering(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    if (const auto offset = context.StoredOffset(kStream)) next_ = std::get<std::int64_t>(offset->at("next"));
    told.Add("starts at " + std::to_string(next_));
  }
  std::vector<SourceRecord> Poll(std::stop_token) override {
    std::vector<SourceRecord> records;
    while (next_ < kRecords && records.size() < 4) {
      const std::string number = std::to_string(next_++);
      records.push_back({.topic = config_.topic,
                         .partition = {},
                         .key = number,
                         .value = TextPayload("record " + number),
                         .headers = {{"number", number}},
                         .timestamp = Now(),
                         .source_partition = kStream,
                         .source_offset = {{"next", next_}}});
    }
    return records;
  }
  void Acknowledge(const SourceRecord& record) override { told.Add(record.topic + "/" + record.key.value_or("null")); }

 private:
  const Config config_;
  std::int64_t next_ = 0;
};

class Noting final : public SinkTask {
 public:
  struct Config {
    std::vector<std::string> topics;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("topics", &Config::topics, "From where.").Required();
    return def;
  }
  Noting(const Config& /*config*/, SinkTaskContext& context) : context_(context) {}
  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    for (const SinkRecord& record : records) {
      if (record.value.text().find("indigestible") != std::string_view::npos)
        throw std::invalid_argument("cannot take this, said the test");
    }
    for (const SinkRecord& record : records) {
      if (record.value.text().find("unwelcome") != std::string_view::npos) {
        context_.Reject(record, {.message = "is not welcome, said the test"});
        continue;
      }
      put.Add(record.topic + "/" + record.key.value_or("null") + "=" + std::string(record.value.text()));
    }
  }

 private:
  SinkTaskContext& context_;
};

/// A source, a sink, and what is between them.
class ChainTest : public TaskFixture {
 protected:
  ChainTest() {
    told.Clear();
    put.Clear();
  }
  std::shared_ptr<SourceRunner> StartSource(const RawConfig& more) {
    return RunSource<Numbering>("numbering", "Numbering", With({{"topic", "t"}}, more));
  }
  std::shared_ptr<SinkRunner> StartSink(const RawConfig& more) {
    return RunSink<Noting>("noting", "Noting", With({{"topics", "t"}}, more));
  }
  bool AwaitOffset(std::int64_t next) {
    return fakes::Eventually([&] {
      const auto offset = offsets_.Get("numbering", kStream);
      return offset && std::get<std::int64_t>(offset->at("next")) == next;
    });
  }
  std::vector<std::string> KeysIn(const std::string& topic) {
    std::vector<std::string> keys;
    for (const auto& stored : broker_.Records(topic)) keys.push_back(stored.record.key.value_or("null"));
    return keys;
  }
  void AppendToT(std::vector<std::pair<std::optional<std::string>, Value>> pairs) {
    std::vector<SourceRecord> records;
    for (auto& [key, value] : pairs) {
      SourceRecord record;
      record.key = std::move(key);
      record.value = std::move(value);
      records.push_back(std::move(record));
    }
    Append("t", std::move(records));
  }
};

/// Leaves the records out whose header `number` fits.
inline RawConfig FilterOf(const std::string& numbers) {
  return {{"transforms", "drop"},
          {"transforms.drop.type", "org.apache.kafka.connect.transforms.Filter"},
          {"transforms.drop.predicate", "some"},
          {"predicates", "some"},
          {"predicates.some.type", "HeaderMatches"},
          {"predicates.some.name", "number"},
          {"predicates.some.pattern", numbers}};
}

/// A chain that works on data, on a sink of JSON.
inline const RawConfig kOfJson{{"value.converter", "org.apache.kafka.connect.json.JsonConverter"},
                               {"value.converter.schemas.enable", "false"},
                               {"key.converter", "org.apache.kafka.connect.storage.StringConverter"},
                               {"transforms", "key,one,cast"},
                               {"transforms.key.type", "org.apache.kafka.connect.transforms.ValueToKey"},
                               {"transforms.key.fields", "n"},
                               {"transforms.key.predicate", "whole"},
                               {"transforms.one.type", "org.apache.kafka.connect.transforms.ExtractField$Key"},
                               {"transforms.one.field", "n"},
                               {"transforms.one.predicate", "whole"},
                               {"transforms.cast.type", "org.apache.kafka.connect.transforms.Cast$Key"},
                               {"transforms.cast.spec", "string"},
                               {"transforms.cast.predicate", "whole"},
                               {"predicates", "whole"},
                               {"predicates.whole.type", "TopicNameMatches"},
                               {"predicates.whole.pattern", "t"}};

}  // namespace framespool::runtime
