#include "record_look.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <broker/no_such_topic.h>

#include "topic_record.h"

namespace framespool::inspect {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Reads one partition from place to place until its time is over.
class PartitionLook {
 public:
  PartitionLook(broker::Broker& broker, const RecordQuery& query, const RecordLimits& limits)
      : query_(query),
        limits_(limits),
        deadline_(Clock::now() + limits.time),
        reader_(broker.OpenReader({query.topic, query.partition})),
        keeper_(query.whole_value, limits.room_for_values, limits.beginning) {}

  RecordReport Take(const Extent& extent) {
    report_.extent = extent;
    if (query_.offset || query_.time) {
      const std::int64_t from = query_.offset ? *query_.offset : reader_->OffsetAt(*query_.time);
      Forward(std::clamp(from, extent.first, extent.end));
    } else {
      Back(std::clamp(query_.before.value_or(extent.end), extent.first, extent.end));
    }
    return std::move(report_);
  }

 private:
  bool is_late() const { return Clock::now() >= deadline_; }
  bool has_looked_enough() const { return report_.looked_at >= limits_.records || is_late(); }
  bool IsWanted(const SinkRecord& record) const { return !query_.key || record.key == query_.key; }

  void Forward(std::int64_t begin) {
    report_.begin = report_.end = begin;
    reader_->Seek(begin);
    while (report_.records.size() < query_.limit && report_.end < report_.extent.end && !has_looked_enough()) {
      auto read = Read(query_.key ? kBatchRecords : query_.limit - report_.records.size());
      if (read.empty()) break;
      for (const SinkRecord& record : read) {
        if (record.offset >= report_.extent.end) {
          report_.end = report_.extent.end;
          break;
        }
        if (report_.records.size() == query_.limit) break;
        report_.end = record.offset + 1;
        ++report_.looked_at;
        if (IsWanted(record)) report_.records.push_back(keeper_.Keep(record));
      }
    }
  }

  /// In steps that grow, so that whatever ends the look, it has seen those next to `end`.
  void Back(std::int64_t end) {
    report_.begin = report_.end = end;
    std::vector<TopicRecord> newest_first;
    const auto first_step = static_cast<std::int64_t>(query_.limit);
    for (std::int64_t step = first_step;
         newest_first.size() < query_.limit && report_.begin > report_.extent.first && !has_looked_enough();
         step *= 4) {
      const std::int64_t to = report_.begin;
      const std::int64_t from = std::max(report_.extent.first, to - std::min(step, limits_.records));
      std::vector<SinkRecord> found = Between(from, to);
      // What it has not come to are the newest of them.
      if (is_late() && reader_->position() < to) break;
      report_.begin = from;
      for (auto record = found.rbegin(); record != found.rend(); ++record) {
        if (newest_first.size() == query_.limit) {
          report_.begin = std::prev(record)->offset;
          break;
        }
        ++report_.looked_at;
        if (IsWanted(*record)) newest_first.push_back(keeper_.Keep(*record));
      }
    }
    report_.records.assign(std::make_move_iterator(newest_first.rbegin()),
                           std::make_move_iterator(newest_first.rend()));
  }

  std::vector<SinkRecord> Between(std::int64_t from, std::int64_t to) {
    std::vector<SinkRecord> found;
    reader_->Seek(from);
    while (reader_->position() < to && !is_late()) {
      auto read = Read(kBatchRecords);
      if (read.empty()) break;
      for (SinkRecord& record : read) {
        if (record.offset < to) found.push_back(std::move(record));
      }
    }
    return found;
  }

  std::vector<SinkRecord> Read(std::size_t records) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    auto read =
        reader_->Read(std::min(records, kBatchRecords), kBatchBytes,
                      std::clamp<std::chrono::milliseconds>(left, 1ms, has_read_ ? kLongestPause : limits_.time), {});
    has_read_ = has_read_ || !read.empty();
    return read;
  }

  const RecordQuery& query_;
  const RecordLimits& limits_;
  const Clock::time_point deadline_;
  const std::unique_ptr<TopicReader> reader_;
  RecordKeeper keeper_;
  RecordReport report_;
  bool has_read_ = false;  // a client that has connected
};

}  // namespace

base::Outcome<RecordReport> LookAtRecords(broker::Broker& broker, const RecordQuery& query,
                                          const RecordLimits& limits) {
  // A reader would make a topic that there is not.
  const auto info = broker.Describe(query.topic);
  if (!info) return base::Refuse(base::Reason::kNotFound, broker::NoSuchTopic(query.topic));
  const auto partitions = static_cast<std::int64_t>(info->partitions.size());
  if (query.partition < 0 || query.partition >= partitions) {
    return base::Refuse(base::Reason::kNotFound,
                        {.field = "partition",
                         .message = "must be one of the " + std::to_string(partitions) + " of topic " + query.topic +
                                    ", from 0, but is " + std::to_string(query.partition),
                         .kind = "no-such-partition",
                         .facts = {{"topic", query.topic}, {"partition", std::int64_t{query.partition}}}});
  }
  return PartitionLook(broker, query, limits).Take(info->partitions[static_cast<std::size_t>(query.partition)]);
}

}  // namespace framespool::inspect
