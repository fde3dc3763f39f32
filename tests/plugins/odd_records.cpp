// A source of pictures among which are a record without a key, one with an empty key, a tombstone, an empty value and
// structured data; then it waits. What each of them is stands in its header `what`.
#include <framespool/data.h>
#include <framespool/plugin.h>

#include <condition_variable>
#include <mutex>
#include <string>

namespace {

using namespace framespool;

class OddRecordsSource final : public SourceTask {
 public:
  struct Config {
    std::string topic;
    std::string picture;
  };

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field("picture", &Config::picture, "The picture, as text in hexadecimal digits.")
                                .Required();
    return def;
  }

  OddRecordsSource(Config config, SourceTaskContext& context)
      : config_(std::move(config)), sent_(context.StoredOffset(kPartition).has_value()) {}

  std::vector<SourceRecord> Poll(std::stop_token stop) override {
    if (std::exchange(sent_, true)) {
      std::mutex mutex;
      std::condition_variable_any never;
      std::unique_lock lock(mutex);
      never.wait_for(lock, stop, std::chrono::milliseconds(500), [] { return false; });  // decides nothing: it is done
      return {};
    }
    const auto schema = std::make_shared<const Schema>(
        Schema{.type = DataType::kStruct,
               .fields = {{"camera", std::make_shared<const Schema>(Schema{.type = DataType::kString})},
                          {"people", std::make_shared<const Schema>(Schema{.type = DataType::kInt32})}}});
    std::vector<SourceRecord> records;
    const auto add = [&](const char* what, std::optional<std::string> key, Value value, SyncPoint sync_point) {
      records.push_back({.topic = config_.topic,
                         .partition = 0,
                         .key = std::move(key),
                         .value = std::move(value),
                         .headers = {{"what", what}},
                         .timestamp = Now(),
                         .source_partition = kPartition,
                         .source_offset = {{"sent", true}},
                         .sync_point = sync_point});
    };
    const Payload picture = Picture();
    add("picture", "door", picture, SyncPoint::kHere);
    add("no key", std::nullopt, picture, SyncPoint::kBefore);
    add("tombstone", "door", nullptr, SyncPoint::kEach);
    add("empty key", "", picture, SyncPoint::kBefore);
    add("empty value", "door", Payload(), SyncPoint::kEach);
    add("data", "door",
        std::make_shared<const Data>(Data{schema, Struct{schema, {Datum("door"), Datum(std::int32_t{2})}}}),
        SyncPoint::kEach);
    add("last picture", "door", picture, SyncPoint::kHere);
    return records;
  }

 private:
  inline static const Fields kPartition = {{"source", std::string("odd records")}};

  Payload Picture() const {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < config_.picture.size(); i += 2) {
      bytes.push_back(static_cast<std::byte>(std::stoi(config_.picture.substr(i, 2), nullptr, 16)));
    }
    return Payload(std::move(bytes));
  }

  const Config config_;
  bool sent_;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<OddRecordsSource>("OddRecordsSource", "Records of every shape among pictures."))
