#include "reader.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <base/log.h>
#include <framespool/errors.h>

#include "errors.h"
#include "record_message.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;

/// How often a waiting reader looks whether the cluster is still there.
constexpr auto kSlice = 250ms;

/// How far back a sync point is looked for: a key frame every ten minutes of video at 30 frames a second. Pictures come
/// with their whole records: it goes back in steps that grow.
constexpr std::int64_t kFarthestBack = 18000;
constexpr std::int64_t kLargestStep = 512;
constexpr auto kLongestLookBack = 30s;

}  // namespace

KafkaReader::KafkaReader(TopicPartition source, ReaderSettings settings, std::shared_ptr<FetchQueue> queue,
                         Extents& extents, Cluster& cluster)
    : source_(std::move(source)),
      settings_(std::move(settings)),
      queue_(std::move(queue)),
      extents_(extents),
      cluster_(cluster),
      topic_(rd_kafka_topic_new(queue_->client()->get(), source_.topic.c_str(), nullptr)),
      position_(extents.Get(source_).first) {}

KafkaReader::~KafkaReader() {
  StopFetching();
  extents_.Forget(source_);
}

Extent KafkaReader::extent() {
  // Fresher than the watch: every answer to a fetch tells the end.
  std::int64_t low = 0;
  std::int64_t high = 0;
  const bool told =
      fetching_ >= 0 && rd_kafka_get_watermark_offsets(queue_->client()->get(), source_.topic.c_str(),
                                                       source_.partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR;
  return extents_.Get(source_, told ? high : 0);
}

void KafkaReader::Seek(std::int64_t offset) {
  position_ = std::max<std::int64_t>(0, offset);
  beyond_end_ = false;
  // Not rd_kafka_seek(): it waits for the fetch under way, and a reader that is put aside fetches no more.
  if (fetching_ != position_) StopFetching();
}

std::int64_t KafkaReader::OffsetAt(Timestamp time) {
  if (const auto offset = cluster_.OffsetAt(source_, time)) return *offset;
  return std::max(extents_.Ask(source_).end, extent().end);
}

std::optional<std::int64_t> KafkaReader::SyncPointAtOrBefore(std::int64_t offset) {
  struct Return {
    KafkaReader& reader;
    const std::int64_t position;
    ~Return() { reader.Seek(position); }
  } const back{*this, position_};
  const Cluster::Range range = extents_.Ask(source_);
  std::int64_t end = std::min(offset, range.end - 1) + 1;
  const std::int64_t first = std::max(range.first, end - kFarthestBack);
  const auto deadline = Clock::now() + kLongestLookBack;
  bool needs_mark = false;
  for (std::int64_t step = 1; end > first; step = std::min(step * 8, kLargestStep)) {
    const std::int64_t from = std::max(first, end - step);
    const std::vector<SinkRecord> records = ReadRange(from, end, deadline);
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
      if (record->sync_point == SyncPoint::kHere) return record->offset;
      if (record->sync_point == SyncPoint::kEach && !needs_mark) return record->offset;
      needs_mark = true;
    }
    end = from;
  }
  return std::nullopt;
}

std::vector<SinkRecord> KafkaReader::ReadRange(std::int64_t first, std::int64_t end, Clock::time_point deadline) {
  std::vector<SinkRecord> records;
  Seek(first);
  // What stands behind the end that librdkafka tells is an open transaction's: no reader sees it yet.
  for (bool at_end = false; position_ < end && !at_end && Play();) {
    if (Message message = queue_->Next(kSlice)) {
      at_end = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
      Take(std::move(message), records);
    } else if (!cluster_.connection().reachable()) {
      throw RetriableError("reading " + Place() + ": " + cluster_.connection().Describe());
    }
    if (Clock::now() > deadline) {
      throw RetriableError("reading " + Place() + " from offset " + std::to_string(first) +
                           ": a sync point is not found in time");
    }
  }
  while (!records.empty() && records.back().offset >= end) records.pop_back();
  return records;
}

void KafkaReader::Interrupt() { queue_->Interrupt(); }

std::vector<SinkRecord> KafkaReader::Read(std::size_t max_records, std::size_t max_bytes,
                                          std::chrono::milliseconds wait, std::stop_token stop) {
  KafkaReader* const self = this;
  return ReadAny(*queue_, {&self, 1}, {&source_, 1}, max_records, max_bytes, wait, stop);
}

std::vector<SinkRecord> KafkaReader::ReadAny(FetchQueue& queue, std::span<KafkaReader* const> readers,
                                             std::span<const TopicPartition> sources, std::size_t max_records,
                                             std::size_t max_bytes, std::chrono::milliseconds wait,
                                             const std::stop_token& stop) {
  const std::stop_callback wake(stop, [&] { queue.Interrupt(); });
  const auto deadline = Clock::now() + wait;
  std::vector<SinkRecord> records;
  KafkaReader* owner = readers.front();  // of the last message: the next one is mostly its as well
  const auto find_owner = [&](const rd_kafka_message_t& message) {
    if (owner->Owns(message)) return;
    const auto found =
        std::find_if(readers.begin(), readers.end(), [&](auto* reader) { return reader->Owns(message); });
    if (found != readers.end()) owner = *found;
  };
  queue.ReadOn(sources, 0);
  while (!queue.TakeInterrupt() && !stop.stop_requested()) {
    for (KafkaReader* reader : readers) reader->Play();
    const auto left = std::max<Clock::duration>(0ms, std::min<Clock::duration>(deadline - Clock::now(), kSlice));
    if (Message message = queue.Next(std::chrono::ceil<std::chrono::milliseconds>(left))) {
      find_owner(*message);
      owner->Take(std::move(message), records);
    }
    if (!records.empty()) break;
    const Connection& connection = owner->cluster_.connection();
    if (!connection.reachable())
      throw RetriableError(Problem{.message = "reading " + owner->Place() + ": " + connection.Describe(),
                                   .kind = kind::kBrokerUnreachable});
    if (Clock::now() >= deadline) return records;
  }
  if (records.empty()) return records;
  std::size_t bytes = records.front().value.size();
  while (records.size() < max_records && bytes < max_bytes) {
    Message message = queue.Next(0ms);
    if (!message) break;
    find_owner(*message);
    // What is wrong behind these records is told by the next call, from where it happens again.
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      owner->StopFetching();
      break;
    }
    const std::size_t before = records.size();
    owner->Take(std::move(message), records);
    if (records.size() > before) bytes += records.back().value.size();
  }
  queue.ReadOn(sources, bytes);
  return records;
}

bool KafkaReader::Owns(const rd_kafka_message_t& message) const {
  if (message.rkt == nullptr) return true;
  return message.partition == source_.partition && std::string_view(rd_kafka_topic_name(message.rkt)) == source_.topic;
}

bool KafkaReader::Play() {
  if (beyond_end_) {
    if (Clock::now() < next_look_) return false;
    next_look_ = Clock::now() + kSlice;
    if (extents_.Ask(source_).end < position_) return false;
    beyond_end_ = false;
  }
  if (fetching_ == position_) return true;
  StopFetching();
  if (rd_kafka_consume_start_queue(topic_.get(), source_.partition, position_, queue_->get()) != 0) {
    Throw(rd_kafka_last_error(), "reading " + Place(), *queue_->client());
  }
  fetching_ = position_;
  return true;
}

void KafkaReader::StopFetching() {
  if (std::exchange(fetching_, -1) < 0) return;
  rd_kafka_consume_stop(topic_.get(), source_.partition);
  queue_->Drop(source_.topic, source_.partition);
}

void KafkaReader::Take(Message message, std::vector<SinkRecord>& records) {
  switch (const auto code = message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      if (message->offset < position_) return;
      position_ = message->offset + 1;
      fetching_ = position_;
      records.push_back(RecordOf(std::move(message)));
      return;
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      // Marks of transactions take offsets too: the next record cannot stand before this one.
      extents_.NoteBarren(source_, position_, message->offset);
      position_ = fetching_ = std::max(position_, message->offset);
      return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: OutOfRange(); return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      StopFetching();
      throw RetriableError("reading " + Place() +
                           ": there is no such partition any more; it was deleted? Waiting for it");
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__UNDERFLOW:
    case RD_KAFKA_RESP_ERR__PARTIAL:
      StopFetching();
      throw std::runtime_error("the record at or behind offset " + std::to_string(position_) + " of " + Place() +
                               " cannot be read: " + rd_kafka_message_errstr(message.get()));
    default: {
      StopFetching();
      const char* detail = rd_kafka_message_errstr(message.get());
      Throw(code, "reading " + Place(), *queue_->client(), detail ? detail : "");
    }
  }
}

SinkRecord KafkaReader::RecordOf(Message message) {
  SinkRecord record{.topic = source_.topic,
                    .partition = source_.partition,
                    .offset = message->offset,
                    .key = {},
                    .value = {},
                    .headers = {},
                    .timestamp = {}};
  if (message->key != nullptr) record.key.emplace(static_cast<const char*>(message->key), message->key_len);
  if (const std::int64_t time = rd_kafka_message_timestamp(message.get(), nullptr); time >= 0) {
    record.timestamp = Timestamp(std::chrono::milliseconds(time));
  }
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      const std::string_view text(static_cast<const char*>(value), value != nullptr ? size : 0);
      const auto mark = name == kSyncPointHeader ? SyncPointNamed(text) : std::nullopt;
      if (mark) {
        record.sync_point = *mark;
      } else {
        record.headers.push_back({name, std::string(text)});
      }
    }
  }
  extents_.Note(source_, record.offset, record.timestamp);
  queue_->NoteSize(message->len);
  if (message->payload == nullptr) return record;  // null, which is not the same as empty
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(message->payload), message->len);
  // The client must outlive its messages.
  std::shared_ptr<const void> owner(
      message.release(), [client = queue_->client()](rd_kafka_message_t* last) { rd_kafka_message_destroy(last); });
  record.value = Payload(std::move(owner), bytes);
  return record;
}

void KafkaReader::OutOfRange() {
  StopFetching();
  const Cluster::Range range = extents_.Ask(source_);
  if (position_ >= range.first && position_ <= range.end) return;
  const bool below = position_ < range.first;
  const std::string what = settings_.owner + ": offset " + std::to_string(position_) + " of " + Place() +
                           (below ? " is no longer kept." : " has not been reached: was the topic created anew?") +
                           " It holds " + std::to_string(range.first) + " to " + std::to_string(range.end);
  const std::string setting = "consumer.override.auto.offset.reset";
  switch (settings_.reset) {
    case OffsetReset::kNone:
      throw BrokerError(what + "; " + setting + " = none lets it neither begin anew nor wait: set earliest or latest");
    case OffsetReset::kAsked:
      if (!below) {
        beyond_end_ = true;
        log::Warn("kafka", what + "; waiting there. Set " + setting + " to earliest or latest to go on instead");
        return;
      }
      position_ = range.first;
      break;
    case OffsetReset::kEarliest: position_ = range.first; break;
    case OffsetReset::kLatest: position_ = range.end; break;
  }
  log::Warn("kafka", what + "; going on at " + std::to_string(position_) + " (" + setting + " = " +
                         (settings_.reset == OffsetReset::kLatest ? "latest" : "earliest") + ")");
}

}  // namespace framespool::broker
