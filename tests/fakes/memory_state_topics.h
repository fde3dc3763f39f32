#pragma once

#include <broker/state_topics.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace framespool {

/// What is left of compacted topics when all who use them are gone, and who may write to them.
struct MemoryTopics {
  struct Entry {
    std::optional<std::string> value;
    std::uint64_t place = 0;
    Timestamp time{};
  };
  std::mutex mutex;
  std::map<std::string, std::map<std::string, Entry>> topics;
  std::uint64_t places = 0;
  std::map<std::string, int> epochs;  // by writer
  bool is_away = false;
  Timestamp now = Now();  // of the records
  int transactions = 0;
  /// What becomes of the next Write(): it is made, or not, and the writer is told in neither case.
  enum class Fate { kTold, kLost, kMadeButNotTold };
  Fate next = Fate::kTold;
  bool away_after_it = false;

  void SetAway(bool away) {
    const std::lock_guard lock(mutex);
    is_away = away;
  }
};

/// One process's view of them. It is always at the end: what it takes to read is Kafka's.
class MemoryStateTopics final : public broker::StateTopics {
 public:
  explicit MemoryStateTopics(std::shared_ptr<MemoryTopics> shared) : shared_(std::move(shared)) {}

  void Open(const broker::StateTopicSpec& spec, std::chrono::milliseconds /*wait*/) override {
    const auto lock = Reach();
    shared_->topics[spec.topic.name];
    if (spec.keeps_tombstones) keeps_tombstones_.insert(spec.topic.name);
  }
  void StopTelling(const std::string& /*topic*/) override {}
  void ReadToEnd(const std::string& /*topic*/, std::chrono::milliseconds /*wait*/) override { Reach(); }

  std::int64_t ReadUpTo(const std::string& topic) const override {
    const std::lock_guard lock(shared_->mutex);
    return static_cast<std::int64_t>(shared_->topics[topic].size());
  }
  std::optional<broker::StateRecord> Find(const std::string& topic, const std::string& key) const override {
    const std::lock_guard lock(shared_->mutex);
    const auto& entries = shared_->topics[topic];
    const auto found = entries.find(key);
    if (found == entries.end() || (!found->second.value && !keeps_tombstones_.contains(topic))) return std::nullopt;
    return RecordOf(topic, key, found->second);
  }
  std::vector<broker::StateRecord> All(const std::string& topic, const std::string& prefix) const override {
    const std::lock_guard lock(shared_->mutex);
    std::vector<broker::StateRecord> all;
    for (const auto& [key, entry] : shared_->topics[topic]) {
      if (key.starts_with(prefix) && (entry.value || keeps_tombstones_.contains(topic)))
        all.push_back(RecordOf(topic, key, entry));
    }
    return all;
  }

  void Claim(const std::string& writer, std::chrono::milliseconds /*wait*/) override {
    const auto lock = Reach();
    writer_ = writer;
    epoch_ = ++shared_->epochs[writer];
  }
  void Write(std::span<const broker::StateWrite> writes, std::chrono::milliseconds /*wait*/) override {
    const auto lock = Reach();
    const auto fate = std::exchange(shared_->next, MemoryTopics::Fate::kTold);
    if (epoch_ == 0 || shared_->epochs[writer_] != epoch_) throw broker::StateClaimLost("fenced");
    if (fate != MemoryTopics::Fate::kLost) {
      ++shared_->transactions;
      for (const auto& write : writes) {
        shared_->topics[write.topic][write.key] = {write.value, ++shared_->places, shared_->now};
        const std::uint64_t number = write.sequence.value_or(++numbers_);
        numbers_ = std::max(numbers_, number);
        own_[{write.topic, write.key}] = {shared_->places, number};
      }
    }
    if (fate == MemoryTopics::Fate::kTold) return;
    epoch_ = 0;
    shared_->is_away = shared_->away_after_it;
    throw broker::StateClaimLost("nobody knows what became of it");
  }

  std::unique_ptr<broker::StateClaim> ClaimAs(const std::string& writer, std::chrono::milliseconds wait) override {
    class Claimed final : public broker::StateClaim {
     public:
      Claimed(std::shared_ptr<MemoryTopics> shared, const std::string& writer, std::chrono::milliseconds wait)
          : topics_(std::move(shared)) {
        topics_.Claim(writer, wait);
      }
      void Write(std::span<const broker::StateWrite> writes, std::chrono::milliseconds wait) override {
        topics_.Write(writes, wait);
      }

     private:
      MemoryStateTopics topics_;
    };
    return std::make_unique<Claimed>(shared_, writer, wait);
  }

 private:
  std::unique_lock<std::mutex> Reach() const {
    std::unique_lock lock(shared_->mutex);
    if (shared_->is_away) throw RetriableError("the memory is away");
    return lock;
  }
  broker::StateRecord RecordOf(const std::string& topic, const std::string& key,
                               const MemoryTopics::Entry& entry) const {
    broker::StateRecord record{.key = key, .value = entry.value, .time = entry.time};
    const auto own = own_.find({topic, key});
    record.own = own != own_.end() && own->second.first == entry.place;
    if (record.own) {
      record.sequence = own->second.second;
      record.written_sequence = record.sequence;
      return record;
    }
    // As it is when it first comes to this process.
    auto& foreign = foreign_[{topic, key}];
    if (foreign.first != entry.place) foreign = {entry.place, ++numbers_};
    record.sequence = foreign.second;
    return record;
  }

  using Key = std::pair<std::string, std::string>;
  const std::shared_ptr<MemoryTopics> shared_;
  std::set<std::string> keeps_tombstones_;
  std::string writer_;
  int epoch_ = 0;
  std::map<Key, std::pair<std::uint64_t, std::uint64_t>> own_;  // place and sequence
  mutable std::map<Key, std::pair<std::uint64_t, std::uint64_t>> foreign_;
  mutable std::uint64_t numbers_ = 0;
};

}  // namespace framespool
