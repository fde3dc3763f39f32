#include "dead_letters.h"

#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <config/client_settings.h>
#include <runtime/dead_letter_headers.h>

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;

/// A message of a plugin's may hold anything; a record has room for its headers only in what its topic takes.
constexpr std::size_t kLongestHeader = 4000;

std::string Cut(std::string text) {
  if (text.size() <= kLongestHeader) return text;
  // Not in the middle of a character.
  std::size_t end = kLongestHeader;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

}  // namespace

DeadLetters::DeadLetters(const config::CommonConfig& common, const RawConfig& config, base::Secrets secrets,
                         const TaskIdentity& identity, broker::Broker& broker)
    : common_(common), config_(config), secrets_(std::move(secrets)), identity_(identity), broker_(broker) {}

void DeadLetters::Open() {
  broker::TopicSpec spec{.name = common_.dead_letter_topic, .partitions = {}, .config = {}};
  if (common_.dead_letter_partitions > 0) spec.partitions = common_.dead_letter_partitions;
  if (common_.dead_letter_replicas > 0)
    spec.replication_factor = static_cast<std::int16_t>(common_.dead_letter_replicas);
  broker_.EnsureTopic(spec);
  auto settings = config::ProducerSettingsOf(identity_.connector, config_);
  settings.task = identity_.task;
  settings.topics = {common_.dead_letter_topic};
  settings.keeps_source_offsets = false;
  producer_ =
      broker_.OpenProducer(settings, [this](std::span<SourceRecord> records, std::span<const broker::Appended> where,
                                            const std::exception_ptr& error) {
        if (!error) return;
        try {
          std::rethrow_exception(error);
        } catch (const broker::RecordRefused&) {
          for (SourceRecord& record : records.subspan(where.size())) too_large_.push_back(std::move(record));
        } catch (...) {
          lost_ = std::current_exception();
        }
      });
}

SourceRecord DeadLetters::RecordOf(const DeadLetter& letter) const {
  const SinkRecord& from = letter.record;
  SourceRecord record{.topic = common_.dead_letter_topic,
                      .partition = {},
                      .key = from.key,
                      .value = from.value,
                      .headers = from.headers,
                      .timestamp = from.timestamp,
                      .source_partition = {},
                      .source_offset = {}};
  if (!common_.dead_letter_headers) return record;
  const auto add = [&](std::string_view name, std::string value) {
    record.headers.push_back({std::string(name), std::move(value)});
  };
  const std::string message = secrets_.Hidden(letter.why.message);
  add(dead_letter::kTopic, from.topic);
  add(dead_letter::kPartition, std::to_string(from.partition));
  add(dead_letter::kOffset, std::to_string(from.offset));
  add(dead_letter::kConnectorName, identity_.connector);
  add(dead_letter::kTaskId, std::to_string(identity_.task));
  add(dead_letter::kStage, letter.stage);
  add(dead_letter::kClassName, letter.class_name);
  add(dead_letter::kExceptionClass, letter.why.class_name);
  add(dead_letter::kExceptionMessage, Cut(message));
  add(dead_letter::kExceptionTrace, Cut(letter.why.class_name + ": " + message) + "\n\tin " + letter.stage + ", " +
                                        letter.class_name + ", task " + identity_.connector + "-" +
                                        std::to_string(identity_.task));
  return record;
}

void DeadLetters::Append(SourceRecord record) {
  if (!producer_) Open();
  std::vector<SourceRecord> records;
  records.push_back(std::move(record));
  try {
    producer_->Append(std::move(records));
  } catch (const broker::RecordRefused&) {
    // What was not taken is as it was.
    too_large_.push_back(std::move(records.front()));
  }
}

void DeadLetters::Send(const DeadLetter& letter) {
  Append(RecordOf(letter));
  ++sent_;
  NoteLetter(letter.record);
}

void DeadLetters::NoteLetter(const SinkRecord& record) {
  if (common_.dead_letter_threshold < 0) return;
  const std::int64_t window = common_.dead_letter_window;
  auto& offsets = of_partition_[{record.topic, record.partition}];
  offsets.insert(record.offset);
  offsets.erase(offsets.begin(), offsets.lower_bound(record.offset - 2 * window));
  // A batch's letters do not come in the order of its records: a later one may be there already.
  for (auto last = offsets.find(record.offset); last != offsets.end() && *last < record.offset + window; ++last) {
    const auto letters = std::distance(offsets.upper_bound(*last - window), std::next(last));
    if (letters <= common_.dead_letter_threshold) continue;
    throw std::runtime_error("more than errors.deadletterqueue.threshold (" +
                             std::to_string(common_.dead_letter_threshold) + ") of " + std::to_string(window) +
                             " records of " + record.topic + "-" + std::to_string(record.partition) + " went to " +
                             common_.dead_letter_topic + ": look there for what is wrong, then restart the task");
  }
}

void DeadLetters::AwaitWritten() {
  if (!producer_) return;
  constexpr int kLooks = 20;
  for (int look = 0; look < kLooks; ++look) {
    if (producer_->Outstanding() > 0) producer_->Service(100ms);
    if (lost_) std::rethrow_exception(std::exchange(lost_, nullptr));
    while (!too_large_.empty()) {
      SourceRecord record = too_large_.back();
      if (record.value.is_null())
        throw broker::BrokerError("topic " + common_.dead_letter_topic +
                                  " does not take a dead letter, even without its value; raise its "
                                  "max.message.bytes");
      record.headers.push_back({std::string(dead_letter::kValueBytes), std::to_string(record.value.size())});
      record.value = Value();
      const SourceRecord with_value = std::move(too_large_.back());
      too_large_.pop_back();
      try {
        Append(std::move(record));
      } catch (const RetriableError&) {
        too_large_.push_back(with_value);
        throw;
      }
    }
    if (producer_->Outstanding() == 0 && too_large_.empty()) return;
  }
  throw RetriableError(std::to_string(producer_->Outstanding()) + " records are not in topic " +
                       common_.dead_letter_topic + " yet");
}

}  // namespace framespool::runtime
