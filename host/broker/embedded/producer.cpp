#include "producer.h"

#include <algorithm>

#include "murmur2.h"

namespace framespool::broker::embedded {

namespace {

// Behind a disk that is slower than the source, appends wait: what a power failure can take stays bounded.
constexpr std::uint64_t kMostUnsynced = 256u << 20;

std::uint64_t SizeOf(const SourceRecord& record) {
  std::uint64_t size = (record.key ? record.key->size() : 0) + record.value.size();
  for (const Header& header : record.headers) size += header.key.size() + header.value.size();
  return size;
}

}  // namespace

EmbeddedProducer::EmbeddedProducer(Topics& topics, Sequence& sequence, SpaceGuard& space, bool sync_each,
                                   std::string connector, AckHandler on_ack)
    : topics_(topics),
      sequence_(sequence),
      space_(space),
      sync_each_(sync_each),
      connector_(std::move(connector)),
      on_ack_(std::move(on_ack)) {}

void EmbeddedProducer::Append(std::vector<SourceRecord>&& records) {
  if (records.empty()) return;
  std::vector<Appended> where(records.size());
  const std::vector<Run> runs = Route(records, where);

  std::uint64_t bytes = 0;
  for (const SourceRecord& record : records) bytes += record.value.size();
  space_.Admit(bytes);
  std::vector<EncodedRecord> encoded;
  encoded.reserve(records.size());
  for (const SourceRecord& record : records) {
    encoded.emplace_back(record, connector_);
    if (encoded.back().size() > kLargestOnDisk) {
      throw BrokerError("a record for topic " + record.topic + " with its source offset takes " +
                        std::to_string(encoded.back().size()) + " bytes; at most " + std::to_string(kLargestOnDisk) +
                        " can be stored");
    }
  }
  Write(runs, encoded, where);

  for (const Run& run : runs) {
    if (run.partition->segments().unsynced_bytes() <= kMostUnsynced) continue;
    try {
      run.partition->sync().Sync();
    } catch (const RetriableError&) {  // this batch is taken; the next one waits until the partition has recovered
    }
  }
  on_ack_(records, where, nullptr);
  for (const Run& run : runs) {
    const std::int64_t first = where[run.first].offset;
    run.partition->acked().Note(first, first + static_cast<std::int64_t>(run.count));
  }
}

std::vector<EmbeddedProducer::Run> EmbeddedProducer::Route(const std::vector<SourceRecord>& records,
                                                           std::vector<Appended>& where) {
  ++batches_;
  std::vector<Run> runs;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SourceRecord& record = records[i];
    auto partition = PartitionOf(record);
    where[i].partition = partition->id().partition;
    const std::uint64_t size = SizeOf(record);
    if (size > partition->limits().max_record_bytes) {
      const std::uint64_t most = partition->limits().max_record_bytes;
      throw RecordRefused(Problem{
          .message = "a record of " + std::to_string(size) + " bytes (key, headers and value) for topic " +
                     record.topic + " is larger than its max.message.bytes of " + std::to_string(most) + "; raise that",
          .kind = kind::kRecordTooLarge,
          .facts = {{"topic", record.topic},
                    {"bytes", static_cast<std::int64_t>(size)},
                    {"max_bytes", static_cast<std::int64_t>(most)}}});
    }
    if (runs.empty() || runs.back().partition != partition) runs.push_back({std::move(partition), i, 0});
    ++runs.back().count;
  }
  return runs;
}

std::shared_ptr<Partition> EmbeddedProducer::PartitionOf(const SourceRecord& record) {
  std::shared_ptr<Topic>& topic = known_topics_[record.topic];
  if (topic == nullptr || topic->is_removed()) topic = topics_.Find(record.topic);
  if (topic == nullptr) topic = topics_.Ensure({.name = record.topic, .partitions = {}, .config = {}});
  const auto partitions = topic->partitions();
  const auto count = static_cast<std::int32_t>(partitions->size());
  std::int32_t number = 0;
  if (record.partition) {
    number = *record.partition;
    if (number < 0 || number >= count) {
      throw BrokerError("a record names partition " + std::to_string(number) + " of topic " + record.topic +
                        ", which has " + std::to_string(count) + " (0 to " + std::to_string(count - 1) +
                        "); leave the partition to the key, or create the topic with more");
    }
  } else if (record.key) {
    number = PartitionOfKey(*record.key, count);
  } else {
    // One partition a batch, as Kafka's producer does: a batch stays one write.
    number = static_cast<std::int32_t>((batches_ - 1) % static_cast<std::uint32_t>(count));
  }
  return (*partitions)[static_cast<std::size_t>(number)];
}

void EmbeddedProducer::Write(const std::vector<Run>& runs, std::vector<EncodedRecord>& encoded,
                             std::vector<Appended>& where) {
  std::vector<Partition*> partitions;
  for (const Run& run : runs) partitions.push_back(run.partition.get());
  std::sort(partitions.begin(), partitions.end());  // all take turns in the same order, so none waits for ever
  partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
  std::vector<std::unique_lock<std::mutex>> turns;
  for (Partition* partition : partitions) turns.push_back(partition->appender().TakeTurn());

  const std::uint64_t first_sequence = sequence_.Take(encoded.size());
  std::vector<std::int64_t> begins;
  begins.reserve(runs.size());
  try {
    for (const Run& run : runs) {
      Appender& appender = run.partition->appender();
      begins.push_back(appender.staged_end());
      appender.Stage(std::span(encoded).subspan(run.first, run.count), first_sequence + run.first);
      for (std::size_t i = 0; i < run.count; ++i) {
        Appended& at = where[run.first + i];
        at.offset = begins.back() + static_cast<std::int64_t>(i);
        at.sequence = first_sequence + run.first + i;
      }
      // Before anyone sees it; and a later record must not survive a power failure that an earlier one in another
      // partition does not.
      if (sync_each_) appender.SyncStaged();
    }
  } catch (...) {
    for (std::size_t run = begins.size(); run-- > 0;) runs[run].partition->appender().Unstage(begins[run]);
    throw;
  }
  for (Partition* partition : partitions) partition->appender().Commit();
}

}  // namespace framespool::broker::embedded
