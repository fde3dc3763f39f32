#include "topic_tool.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <base/escape.h>
#include <base/log.h>
#include <base/numbers.h>
#include <broker_embedded/embedded_broker.h>
#include <broker_embedded/log_compaction.h>
#include <framespool/http/text.h>
#include <nlohmann/json.hpp>

#include "command.h"
#include "topic_file.h"

namespace framespool {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kBatchRecords = 500;
constexpr std::size_t kBatchBytes = 8 << 20;

std::unique_ptr<broker::Broker> OpenLog(const fs::path& data_dir) {
  broker::EmbeddedOptions options;
  options.directory = data_dir / "topics";
  options.keeps_all = true;
  std::error_code error;
  // The broker would make one.
  if (!fs::is_directory(options.directory, error))
    throw std::runtime_error(data_dir.string() +
                             " is no worker's data.dir with an embedded log: it has no folder topics");
  return broker::OpenEmbeddedBroker(options);
}

broker::TopicInfo Described(broker::Broker& log, const std::string& topic) {
  auto info = log.Describe(topic);
  if (!info) throw std::runtime_error("there is no topic " + topic + "; framespool topic ls says which there are");
  return *std::move(info);
}

/// Those of `text` in RFC 3339, to the second: "2026-11-29T08:29:45Z".
std::string TimeText(const std::optional<Timestamp>& time) {
  if (!time) return "-";
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time->time_since_epoch()).count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%FT%TZ", &utc)};
}

/// Calls `each` with the records of a partition from `from` on, in order, up to those that it held at the beginning.
/// Until `each` returns false. Calls `miss` with offsets [first, end) whose records are lost.
template <class Each, class Miss>
void ForEachRecord(broker::Broker& log, const TopicPartition& source, std::int64_t from, Each each, Miss miss) {
  const auto reader = log.OpenReader(source);
  const std::int64_t end = reader->extent().end;
  std::int64_t next = std::max(from, reader->extent().first);
  reader->Seek(next);
  while (reader->position() < end) {
    const std::int64_t before = reader->position();
    const auto records = reader->Read(kBatchRecords, kBatchBytes, std::chrono::milliseconds(0), {});
    for (const SinkRecord& record : records) {
      if (record.offset > next) {
        const std::int64_t lost_end = record.offset - log.RemovedBefore(source, record.offset);
        if (lost_end > next) miss(next, lost_end);
      }
      next = record.offset + 1;
      if (!each(record)) return;
    }
    if (records.empty() && reader->position() == before) break;  // the rest is lost
  }
  if (next < end) miss(next, end);
}

int List(broker::Broker& log) {
  for (const broker::TopicInfo& topic : log.Topics()) {
    for (std::size_t partition = 0; partition < topic.partitions.size(); ++partition) {
      const Extent& extent = topic.partitions[partition];
      std::cout << topic.name << "-" << partition << "\t" << extent.first << " to " << extent.end << "\t"
                << TimeText(extent.first_time) << " to " << TimeText(extent.last_time) << "\n";
    }
    std::cout << topic.name << "\t" << topic.bytes << " bytes\n";
  }
  return 0;
}

/// As text where it is UTF-8, else as base64.
void PutBytes(Json& json, const std::string& name, std::string_view bytes) {
  try {
    const Json text = bytes;
    (void)text.dump();  // throws for what is no UTF-8
    json[name] = text;
  } catch (const Json::exception&) {
    json[name + "_base64"] = http::Base64(bytes);
  }
}

std::string AsJson(const SinkRecord& record) {
  Json json{{"topic", record.topic},
            {"partition", record.partition},
            {"offset", record.offset},
            {"timestamp", record.timestamp.time_since_epoch().count()}};
  if (record.key)
    PutBytes(json, "key", *record.key);
  else
    json["key"] = nullptr;
  json["headers"] = Json::array();
  for (const Header& header : record.headers) {
    Json each{{"key", log::Escaped(header.key)}};
    PutBytes(each, "value", header.value);
    json["headers"].push_back(std::move(each));
  }
  if (record.sync_point != SyncPoint::kEach)
    json["sync_point"] = record.sync_point == SyncPoint::kHere ? "here" : "before";
  if (record.value.is_null())
    json["value"] = nullptr;
  else
    PutBytes(json, "value", record.value.text());
  return json.dump(-1, ' ', true);
}

struct CatOptions {
  std::optional<std::int32_t> partition{};
  std::int64_t from = 0;
  std::optional<std::int64_t> records{};
  bool raw = false;
};

int Cat(broker::Broker& log, const std::string& topic, const CatOptions& options) {
  const auto partitions = static_cast<std::int32_t>(Described(log, topic).partitions.size());
  if (options.partition.value_or(0) >= partitions)
    throw std::runtime_error("topic " + topic + " has no partition " + std::to_string(*options.partition) +
                             ", only 0 to " + std::to_string(partitions - 1));
  std::int64_t left = options.records.value_or(std::numeric_limits<std::int64_t>::max());
  for (std::int32_t partition = options.partition.value_or(0); partition < partitions; ++partition) {
    ForEachRecord(
        log, {topic, partition}, options.from,
        [&](const SinkRecord& record) {
          if (left-- <= 0) return false;
          if (options.raw)
            std::cout << record.value.text();
          else
            std::cout << AsJson(record) << "\n";
          return std::cout.good();
        },
        [](auto, auto) {});
    if (options.partition) break;
  }
  return 0;
}

/// Whether all of the partition's records can be read.
bool VerifyPartition(broker::Broker& log, const TopicPartition& source, const Extent& extent) {
  std::int64_t found = 0, lost = 0;
  std::uint64_t bytes = 0;
  const auto miss = [&](std::int64_t first, std::int64_t end) {
    lost += end - first;
    std::cout << source.topic << "-" << source.partition << ": offsets " << first << " to " << end - 1 << " are lost\n";
  };
  const auto count = [&](const SinkRecord& record) {
    ++found;
    bytes += record.value.size();
    return true;
  };
  ForEachRecord(log, source, extent.first, count, miss);
  std::cout << source.topic << "-" << source.partition << ": " << found << " records, " << bytes << " bytes of values, "
            << (lost == 0 ? "all good" : std::to_string(lost) + " lost") << "\n";
  return lost == 0;
}

int Verify(broker::Broker& log, const std::vector<std::string>& topics) {
  std::vector<broker::TopicInfo> infos;
  if (topics.empty()) infos = log.Topics();
  for (const std::string& topic : topics) infos.push_back(Described(log, topic));
  bool good = true;
  for (const broker::TopicInfo& topic : infos) {
    for (std::size_t partition = 0; partition < topic.partitions.size(); ++partition)
      good &= VerifyPartition(log, {topic.name, static_cast<std::int32_t>(partition)}, topic.partitions[partition]);
  }
  // Also of what has no offsets any more: a topic that cannot be opened, a file that was set aside.
  for (const base::StandingProblem& problem : log.GetHealth().problems) {
    std::cout << problem.kind.text() << ": " << problem.message << "\n";
    good = false;
  }
  return good ? 0 : 1;
}

int Export(broker::Broker& log, const std::string& topic, const fs::path& file) {
  const broker::TopicInfo info = Described(log, topic);
  TopicFileWriter writer(
      file, {.topic = topic, .partitions = static_cast<std::int32_t>(info.partitions.size()), .config = info.config});
  std::int64_t lost = 0;
  for (std::int32_t partition = 0; const Extent& extent : info.partitions) {
    const auto write = [&](const SinkRecord& record) {
      writer.Write(record);
      return true;
    };
    ForEachRecord(log, {topic, partition++}, extent.first, write,
                  [&](std::int64_t first, std::int64_t end) { lost += end - first; });
  }
  writer.Finish();
  std::cout << file.string() << ": " << writer.records() << " records of " << topic << "\n";
  if (lost > 0)
    std::cerr << "framespool: " << lost << " of its records cannot be read and are not in it; verify says which\n";
  return lost > 0 ? 1 : 0;
}

/// The records of `file` from its beginning, in batches that a topic takes at once.
template <class F>
void ForEachBatch(const fs::path& file, const std::string& topic, F each) {
  TopicFileReader reader(file);
  std::vector<SourceRecord> batch;
  std::size_t bytes = 0;
  while (auto record = reader.Next()) {
    bytes += record->value.size();
    batch.push_back({.topic = topic,
                     .partition = record->partition,
                     .key = std::move(record->key),
                     .value = std::move(record->value),
                     .headers = std::move(record->headers),
                     .timestamp = record->timestamp,
                     .source_partition = {},
                     .source_offset = {},
                     .sync_point = record->sync_point});
    if (batch.size() < kBatchRecords && bytes < kBatchBytes) continue;
    each(std::exchange(batch, {}));
    bytes = 0;
  }
  if (!batch.empty()) each(std::move(batch));
}

int Import(broker::Broker& log, const fs::path& file, std::optional<std::string> name) {
  const TopicFileHead head = TopicFileReader(file).head();
  const std::string topic = std::move(name).value_or(head.topic);
  if (log.Describe(topic))
    throw std::runtime_error("there is a topic " + topic + " already; give the one of " + file.string() +
                             " another name");
  // All of it is looked at before anything is written.
  ForEachBatch(file, topic, [](const auto&) {});
  log.RecoverSourceOffsets({}, [](auto) {});
  log.EnsureTopic({.name = topic, .partitions = head.partitions, .config = head.config});
  std::int64_t records = 0;
  try {
    const auto producer = log.OpenProducer({.keeps_source_offsets = false}, [](auto, auto, const auto&) {});
    ForEachBatch(file, topic, [&](std::vector<SourceRecord> batch) {
      records += static_cast<std::int64_t>(batch.size());
      producer->Append(std::move(batch));
    });
    log.Sync();
  } catch (...) {
    log.DeleteTopic(topic);
    throw;
  }
  std::cout << topic << ": " << records << " records of " << file.string() << "\n";
  return 0;
}

struct CompactOptions {
  bool dry_run = false;
  std::optional<std::int64_t> delete_retention_ms{};
};

int Compact(const fs::path& data_dir, const std::vector<std::string>& topics, const CompactOptions& options) {
  {
    // As a worker does at its start: what never ended is cut off, so what the files hold is whole.
    const auto log = OpenLog(data_dir);
    for (const std::string& topic : topics) Described(*log, topic);
  }
  broker::CompactionOptions how{.only_counts = options.dry_run, .now = Now()};
  if (options.delete_retention_ms) how.delete_retention = std::chrono::milliseconds(*options.delete_retention_ms);
  for (const std::string& topic : topics) {
    std::int32_t number = 0;
    for (const broker::CompactedPartition& each : broker::CompactTopic(data_dir / "topics", topic, how)) {
      std::cout << topic << "-" << number++ << ": " << each.records << " of " << each.records_before
                << (options.dry_run ? " records would stay" : " records stay");
      if (each.tombstones > 0) std::cout << ", " << each.tombstones << " of them tombstones";
      if (each.without_a_key > 0) std::cout << ", " << each.without_a_key << " of them without a key";
      if (!options.dry_run) {
        const std::uint64_t saved = each.bytes_before > each.bytes ? each.bytes_before - each.bytes : 0;
        std::cout << "; " << saved << " of " << each.bytes_before << " bytes saved";
      }
      std::cout << std::endl;  // the next one may take a while
    }
  }
  return 0;
}

/// The words of a command, one after the other.
class Words {
 public:
  explicit Words(std::span<const std::string_view> words) : words_(words) {}
  bool empty() const { return words_.empty(); }
  std::string_view Take(const char* wanted) {
    if (words_.empty()) throw UsageError(std::string("topic wants ") + wanted);
    const std::string_view word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }
  template <class Integer>
  Integer TakeNumber(std::string_view option) {
    const std::string_view word = Take("a number");
    const auto number = base::ToInteger<Integer>(word);
    if (!number || *number < 0)
      throw UsageError(std::string(option) +
                       " must be followed by a whole number of at least 0, but is followed by \"" + std::string(word) +
                       "\"");
    return *number;
  }

 private:
  std::span<const std::string_view> words_;
};

CatOptions TakeCatOptions(Words& words) {
  CatOptions options;
  while (!words.empty()) {
    const std::string_view option = words.Take("an option");
    if (option == "--partition")
      options.partition = words.TakeNumber<std::int32_t>(option);
    else if (option == "--from")
      options.from = words.TakeNumber<std::int64_t>(option);
    else if (option == "--records")
      options.records = words.TakeNumber<std::int64_t>(option);
    else if (option == "--raw")
      options.raw = true;
    else
      throw UsageError("topic cat has no option " + std::string(option) +
                       "; it has --partition, --from, --records, --raw");
  }
  return options;
}

/// Topics and options in any order.
CompactOptions TakeCompactWords(Words& words, std::vector<std::string>& topics) {
  CompactOptions options;
  while (!words.empty()) {
    const std::string_view word = words.Take("a topic");
    if (word == "--dry-run")
      options.dry_run = true;
    else if (word == "--delete-retention-ms")
      options.delete_retention_ms = words.TakeNumber<std::int64_t>(word);
    else if (word.starts_with("--"))
      throw UsageError("topic compact has no option " + std::string(word) +
                       "; it has --dry-run and --delete-retention-ms");
    else if (std::find(topics.begin(), topics.end(), word) == topics.end())
      topics.emplace_back(word);
  }
  if (topics.empty()) words.Take("a topic to compact");
  return options;
}

int Run(Words words) {
  constexpr std::array<std::string_view, 6> kCommands{"ls", "cat", "export", "import", "verify", "compact"};
  const std::string_view command =
      words.Take("ls, cat, export, import, verify or compact, as in: framespool topic ls data");
  if (std::find(kCommands.begin(), kCommands.end(), command) == kCommands.end())
    throw UsageError("topic has no command " + std::string(command) +
                     "; it has ls, cat, export, import, verify and compact");
  const fs::path data_dir = words.Take("a worker's data.dir");
  std::vector<std::string> topics;
  CatOptions options;
  CompactOptions compaction;
  fs::path file;
  if (command == "cat" || command == "export") topics.emplace_back(words.Take("a topic"));
  if (command == "cat") options = TakeCatOptions(words);
  if (command == "export" || command == "import") file = words.Take("a file");
  if (command == "import" && !words.empty()) topics.emplace_back(words.Take("a topic"));
  while (command == "verify" && !words.empty()) topics.emplace_back(words.Take("a topic"));
  if (command == "compact") compaction = TakeCompactWords(words, topics);
  if (!words.empty()) throw UsageError("topic " + std::string(command) + " takes no " + std::string(words.Take("")));
  if (command == "compact") return Compact(data_dir, topics, compaction);
  const auto log = OpenLog(data_dir);
  if (command == "ls") return List(*log);
  if (command == "cat") return Cat(*log, topics.front(), options);
  if (command == "export") return Export(*log, topics.front(), file);
  if (command == "import") return Import(*log, file, topics.empty() ? std::nullopt : std::optional(topics.front()));
  return Verify(*log, topics);
}

}  // namespace

int TopicTool(std::span<const std::string_view> words) {
  log::SetLevel("root", "WARN");
  umask(077);  // what it makes is as private as what it is made of
  return ExitCodeOf([&] { return Run(Words(words)); });
}

}  // namespace framespool
