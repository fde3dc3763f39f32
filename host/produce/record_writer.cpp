#include "produce/record_writer.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <base/log.h>
#include <broker/no_such_topic.h>
#include <framespool/errors.h>

namespace framespool::produce {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// How far ahead of this machine's clock a record may be, as Kafka has it (message.timestamp.after.max.ms): one of next
/// year would outlive every retention, and whoever plays the topic would wait for it.
constexpr std::chrono::hours kMostAhead{1};
/// Of a topic with more partitions these tell enough: one source writes all of them.
constexpr std::size_t kPartitionsLookedAt = 8;
/// Behind the last record may be the ends of transactions, which have offsets too.
constexpr std::int64_t kRecordsLookedAt = 32;

base::Refused RefuseReserved(const std::string& topic, const std::string& owner) {
  return base::Refuse(base::Reason::kConflict,
                      {.field = "topic",
                       .message = topic + " is kept by " + owner +
                                  " for itself, and no record is written there by hand; name a topic of your own",
                       .kind = "topic-reserved",
                       .facts = {{"topic", topic}}});
}

base::Refused RefusePartition(const std::string& topic, std::int32_t partition, std::size_t count) {
  return base::Refuse(base::Reason::kInvalid, {.field = "partition",
                                               .message = "must be one of the " + std::to_string(count) + " of topic " +
                                                          topic + ", from 0, but is " + std::to_string(partition) +
                                                          "; leave it out to have the key decide",
                                               .kind = "no-such-partition",
                                               .facts = {{"topic", topic}, {"partition", std::int64_t{partition}}}});
}

base::Refused RefuseTimestamp(Timestamp timestamp, Timestamp now) {
  return base::Refuse(
      base::Reason::kInvalid,
      {.field = "timestamp",
       .message = "must be at most an hour ahead of this machine's clock, which says " +
                  std::to_string(now.time_since_epoch().count()) + ", but is " +
                  std::to_string(timestamp.time_since_epoch().count()) + "; leave it out to have the time of now",
       .kind = kind::kOutOfRange,
       .facts = {{"now", std::int64_t{now.time_since_epoch().count()}}}});
}

base::Refused RefuseHeader(std::size_t index) {
  return base::Refuse(base::Reason::kInvalid,
                      {.field = "headers[" + std::to_string(index) + "].key",
                       .message = "is " + std::string(broker::kSyncPointHeader) +
                                  ", the broker's own mark of where readers can begin; say it as sync_point",
                       .kind = kind::kNotAllowed});
}

base::Refused AskForSyncPoint(const std::string& topic) {
  return base::Refuse(
      base::Reason::kConflict,
      {.field = "sync_point",
       .message = "is missing: records of topic " + topic +
                  " need those before them, as frames of video do. Say \"here\" if readers can begin at "
                  "this one, \"before\" if it needs those before it, or \"each\" if it stands for itself",
       .kind = "sync-point-missing",
       .facts = {{"topic", topic}}});
}

base::Refused RefuseTooLarge(const broker::RecordRefused& error) {
  std::vector<Problem> problems = error.problems();
  for (Problem& problem : problems) {
    if (problem.kind != kind::kRecordTooLarge) continue;
    problem.field = "value";
    problem.message.insert(0, "is too large together with key and headers: ");
  }
  return base::RefuseAll(base::Reason::kInvalid, std::move(problems));
}

base::Refused Unconfirmed(const std::string& topic, const std::string& why) {
  return base::Refuse(base::Reason::kUnavailable,
                      {.message = why + ". Look into topic " + topic + " before you send it again",
                       .kind = "record-unconfirmed",
                       .facts = {{"topic", topic}}});
}

}  // namespace

base::Outcome<WrittenRecord> RecordWriter::Write(NewRecord record) {
  if (stop_.stop_requested()) {
    return base::Refuse(base::Reason::kUnavailable,
                        {.message = "The worker is stopping; the record is not written", .kind = "worker-stopping"});
  }
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    if (record.headers[i].key == broker::kSyncPointHeader) return RefuseHeader(i);
  }
  if (const std::string owner = broker_.KeeperOf(record.topic); !owner.empty())
    return RefuseReserved(record.topic, owner);
  // A producer would make a topic that there is not.
  const auto topic = broker_.Describe(record.topic);
  if (!topic) return base::Refuse(base::Reason::kNotFound, broker::NoSuchTopic(record.topic));
  const std::size_t count = topic->partitions.size();
  if (record.partition && (*record.partition < 0 || static_cast<std::size_t>(*record.partition) >= count))
    return RefusePartition(record.topic, *record.partition, count);
  const Timestamp now = Now();
  if (record.timestamp && *record.timestamp > now + kMostAhead) return RefuseTimestamp(*record.timestamp, now);
  if (!record.sync_point && IsMarked(*topic, record.partition)) return AskForSyncPoint(record.topic);
  return Append({.topic = std::move(record.topic),
                 .partition = record.partition,
                 .key = std::move(record.key),
                 .value = std::move(record.value),
                 .headers = std::move(record.headers),
                 .timestamp = record.timestamp.value_or(now),
                 .source_partition = {},
                 .source_offset = {},
                 .sync_point = record.sync_point.value_or(SyncPoint::kEach)});
}

base::Outcome<WrittenRecord> RecordWriter::Append(SourceRecord record) {
  const std::string topic = record.topic;
  WrittenRecord written{.timestamp = record.timestamp};
  bool is_written = false;
  std::exception_ptr lost;
  try {
    const auto producer = broker_.OpenProducer(
        {.connector = "rest", .topics = {topic}, .keeps_source_offsets = false},
        [&](std::span<SourceRecord>, std::span<const broker::Appended> where, const std::exception_ptr& error) {
          if (error) lost = error;
          if (where.empty()) return;
          is_written = true;
          written.partition = where.front().partition;
          written.offset = where.front().offset;
        });
    std::vector<SourceRecord> records;
    records.push_back(std::move(record));
    producer->Append(std::move(records));
    const auto deadline = Clock::now() + patience_;
    while (!is_written && !lost && Clock::now() < deadline && !stop_.stop_requested()) producer->Service(100ms);
    if (lost) std::rethrow_exception(lost);
  } catch (const broker::RecordRefused& error) {
    return RefuseTooLarge(error);
  } catch (const broker::BrokerError& error) {
    return base::Refuse(base::Reason::kConflict, "The record is not in topic " + topic + ": " + error.what(),
                        error.problems());
  }
  if (!is_written) {
    const broker::Health health = broker_.GetHealth();
    return Unconfirmed(topic, "The broker has not confirmed the record in time, and may have it or not" +
                                  (health.reachable ? std::string() : " (" + health.message + ")"));
  }
  try {
    broker_.Sync();
  } catch (const RetriableError& error) {
    return Unconfirmed(topic, "The record is at offset " + std::to_string(written.offset) + " of partition " +
                                  std::to_string(written.partition) +
                                  ", but a power failure may still take it: " + error.what());
  }
  return written;
}

bool RecordWriter::IsMarked(const broker::TopicInfo& topic, const std::optional<std::int32_t>& partition) {
  std::size_t looked_at = 0;
  for (std::size_t i = 0; i < topic.partitions.size() && looked_at < kPartitionsLookedAt; ++i) {
    const auto number = static_cast<std::int32_t>(i);
    const Extent& extent = topic.partitions[i];
    if ((partition && *partition != number) || extent.first == extent.end) continue;
    ++looked_at;
    const auto reader = broker_.OpenReader({topic.name, number});
    reader->Seek(std::max(extent.first, extent.end - kRecordsLookedAt));
    try {
      const auto newest = reader->ReadBeginnings(kRecordsLookedAt, 0, 2s, stop_.get_token());
      if (std::any_of(newest.begin(), newest.end(),
                      [](const RecordBeginning& each) { return each.record.sync_point != SyncPoint::kEach; }))
        return true;
    } catch (const RetriableError&) {
      throw;
    } catch (const std::exception& error) {
      log::Debug("broker", "the newest records of " + topic.name + "-" + std::to_string(number) + ": " + error.what());
    }
  }
  return false;
}

}  // namespace framespool::produce
