#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "framespool/connector.h"

namespace framespool::fakes {

/// A topic in memory with the contract of a broker's: the test appends from its own thread while readers read.
/// Committed offsets are kept here, so a task may be destroyed and made anew around it.
class FakeTopic {
 public:
  /// A record with this header is an UnusableRecord, for the reason that is the header's value.
  static constexpr const char* kUnusable = "unusable";
  /// A record with this header is one that the connector's transforms leave out.
  static constexpr const char* kLeftOut = "left out";

  explicit FakeTopic(std::string name = "frames", int partitions = 1)
      : name_(std::move(name)), partitions_(static_cast<std::size_t>(partitions)) {}

  const std::string& name() const { return name_; }
  int partitions() const { return static_cast<int>(partitions_.size()); }

  std::int64_t Append(std::string value, Headers headers = {}, Timestamp timestamp = Now(), int partition = 0,
                      std::optional<std::string> key = {}) {
    const auto* first = reinterpret_cast<const std::byte*>(value.data());
    return Append(Payload(std::vector<std::byte>(first, first + value.size())), std::move(headers), timestamp,
                  partition, std::move(key));
  }

  std::int64_t Append(Value value, Headers headers, Timestamp timestamp, int partition = 0,
                      std::optional<std::string> key = {}, SyncPoint sync_point = SyncPoint::kEach) {
    const std::lock_guard lock(mutex_);
    auto& log = partitions_[static_cast<std::size_t>(partition)];
    const auto offset = log.first + static_cast<std::int64_t>(log.records.size());
    log.records.push_back(SinkRecord{.topic = name_,
                                     .partition = partition,
                                     .offset = offset,
                                     .key = std::move(key),
                                     .value = std::move(value),
                                     .headers = std::move(headers),
                                     .timestamp = timestamp,
                                     .sync_point = sync_point});
    appended_.notify_all();
    return offset;
  }

  /// Retention: forgets the records before `offset`.
  void Truncate(std::int64_t offset, int partition = 0) {
    const std::lock_guard lock(mutex_);
    auto& log = partitions_[static_cast<std::size_t>(partition)];
    const auto count = std::clamp<std::int64_t>(offset - log.first, 0, static_cast<std::int64_t>(log.records.size()));
    log.records.erase(log.records.begin(), log.records.begin() + count);
    log.first += count;
  }

  std::optional<std::int64_t> Committed(const std::string& group, int partition = 0) const {
    const std::lock_guard lock(mutex_);
    const auto found = committed_.find({group, partition});
    return found == committed_.end() ? std::nullopt : std::optional(found->second);
  }
  void Commit(const std::string& group, int partition, std::int64_t offset) {
    const std::lock_guard lock(mutex_);
    committed_[{group, partition}] = offset;
  }

  std::unique_ptr<TopicReader> Open(int partition) { return std::make_unique<Reader>(*this, partition); }

 private:
  struct Log {
    std::int64_t first = 0;
    std::deque<SinkRecord> records;
  };

  class Reader final : public TopicReader {
   public:
    Reader(FakeTopic& topic, int partition)
        : topic_(topic), source_{topic.name_, partition}, log_(topic.partitions_[static_cast<std::size_t>(partition)]) {
      const std::lock_guard lock(topic_.mutex_);
      position_ = log_.first;
    }
    const TopicPartition& source() const noexcept override { return source_; }
    Extent extent() override {
      const std::lock_guard lock(topic_.mutex_);
      Extent extent{.first = log_.first, .end = End(), .first_time = std::nullopt, .last_time = std::nullopt};
      if (!log_.records.empty()) {
        extent.first_time = log_.records.front().timestamp;
        extent.last_time = log_.records.back().timestamp;
      }
      return extent;
    }
    void Seek(std::int64_t offset) override { position_ = offset; }
    std::int64_t OffsetAt(Timestamp time) override {
      const std::lock_guard lock(topic_.mutex_);
      const auto found = std::find_if(log_.records.begin(), log_.records.end(),
                                      [&](const SinkRecord& record) { return record.timestamp >= time; });
      return found == log_.records.end() ? End() : found->offset;
    }
    std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) override {
      const std::lock_guard lock(topic_.mutex_);
      bool needs_mark = false;
      for (offset = std::min(offset, End() - 1); offset >= log_.first; --offset) {
        const SyncPoint mark = log_.records[static_cast<std::size_t>(offset - log_.first)].sync_point;
        if (mark == SyncPoint::kHere || (mark == SyncPoint::kEach && !needs_mark)) return offset;
        needs_mark = true;
      }
      return std::nullopt;
    }
    std::int64_t position() const noexcept override { return position_; }
    std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                                 std::stop_token stop) override {
      std::unique_lock lock(topic_.mutex_);
      topic_.appended_.wait_for(lock, stop, wait, [this] { return interrupted_ || position_ < End(); });
      std::vector<SinkRecord> records;
      if (std::exchange(interrupted_, false)) return records;
      position_ = std::max(position_, log_.first);
      for (std::size_t bytes = 0; position_ < End() && records.size() < max_records && bytes < max_bytes; ++position_) {
        const SinkRecord& record = log_.records[static_cast<std::size_t>(position_ - log_.first)];
        if (const auto why = FindHeader(record.headers, kUnusable)) {
          if (!records.empty()) break;
          throw UnusableRecord(record, {.message = std::string(*why), .kind = kind::kRecordRejected});
        }
        if (FindHeader(record.headers, kLeftOut)) continue;
        records.push_back(record);
        bytes += records.back().value.size();
      }
      return records;
    }
    std::vector<RecordBeginning> ReadBeginnings(std::size_t max_records, std::size_t value_bytes,
                                                std::chrono::milliseconds wait, std::stop_token stop) override {
      auto beginnings = TopicReader::ReadBeginnings(max_records, value_bytes, wait, std::move(stop));
      for (RecordBeginning& each : beginnings) {
        if (each.record.value.is_null()) continue;
        const Payload all = each.record.value.payload();
        const std::size_t size = std::min(value_bytes, all.size());
        each.record.value = Payload(all.owner(), all.bytes().first(size));
      }
      return beginnings;
    }
    void Interrupt() override {
      const std::lock_guard lock(topic_.mutex_);
      interrupted_ = true;
      topic_.appended_.notify_all();
    }

   private:
    std::int64_t End() const { return log_.first + static_cast<std::int64_t>(log_.records.size()); }

    FakeTopic& topic_;
    const TopicPartition source_;
    Log& log_;
    std::int64_t position_ = 0;
    bool interrupted_ = false;
  };

  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable_any appended_;
  std::vector<Log> partitions_;
  std::map<std::pair<std::string, int>, std::int64_t> committed_;
};

}  // namespace framespool::fakes
