#include "store_kafka/kafka_store.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <span>
#include <thread>
#include <utility>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/source_offset_json.h>

#include "pending_writes.h"
#include "position_expiry.h"
#include "state_contents.h"
#include "state_formats.h"
#include "state_log.h"

namespace framespool::store {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using broker::StateRecord;
using broker::StateWrite;

constexpr std::string_view kLogger = "store";
constexpr auto kGather = 100ms;            // many positions, one transaction
constexpr auto kRetry = 1s;                // of what could not be written
constexpr auto kPendingWait = 2s;          // for each try: whoever waits for an answer comes behind it
constexpr auto kLongestWait = 1h;          // between two looks for positions that are too old
constexpr std::size_t kMostAtOnce = 5000;  // records in one transaction

class KafkaStore final : public Store {
 public:
  KafkaStore(broker::StateTopics& topics, const KafkaStoreOptions& options)
      : options_(options),
        names_{.config = options.config.topic.name,
               .offsets = options.offsets.topic.name,
               .status = options.status.topic.name,
               .own = options.own.topic.name},
        topics_(topics),
        log_(topics, options_) {
    log_.Open();
    log::Info(kLogger, "the worker's state is in topics " + config() + ", " + offsets() + ", " + status() + " and " +
                           own() + (log_.created() ? ", which are new" : ""));
    thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
  }

  // The destructor of jthread asks Work() to stop; it first finishes what is queued, and tries once to write the rest.

  bool created() const noexcept override { return log_.created(); }

  std::optional<StoreTrouble> Trouble() const override {
    std::lock_guard lock(mutex_);
    return trouble_;
  }

  std::vector<StoredConnector> Connectors() override {
    std::vector<StoredConnector> connectors;
    for (const StateRecord& record : topics_.All(config(), std::string(kConnectorPrefix))) {
      const std::string name = record.key.substr(kConnectorPrefix.size());
      try {
        const auto target = topics_.Find(config(), TargetStateKey(name));
        connectors.push_back({name, ConfigFromValue(record.value.value_or("")),
                              target && target->value ? TargetFromValue(*target->value) : TargetState::kRunning});
      } catch (const std::exception& error) {
        NoteTrouble("store: connector " + name + " is left out, what topic " + config() +
                        " says of it cannot be read: " + error.what() + "; delete it and create it again",
                    true);
      }
    }
    return connectors;
  }

  void PutConnector(const StoredConnector& connector, const StoredChange& change) override {
    Change([&] {
      std::vector<StateWrite> writes = WritesOf(connector, StatusOf("", ""), names_);
      writes.push_back(HistoryWrite(change));
      return writes;
    });
  }

  void DeleteConnector(const std::string& name, const StoredChange& change) override {
    const auto is_its_status = [&name](const std::string& key) {
      const auto topic = ActiveTopicFromKey(key);
      return IsTaskStatusOf(key, name) || (topic && topic->first == name);
    };
    Change([&] {
      std::vector<StateWrite> writes{{config(), ConnectorKey(name), std::nullopt},
                                     {config(), TargetStateKey(name), std::nullopt},
                                     {status(), ConnectorStatusKey(name), std::nullopt}};
      for (const StateRecord& record : topics_.All(status(), "status-t")) {
        if (is_its_status(record.key)) writes.push_back({status(), record.key, std::nullopt});
      }
      writes.push_back(HistoryWrite(change));
      return writes;
    });
    std::lock_guard lock(mutex_);
    pending_.Forget(status(), is_its_status);
  }

  void NoteChange(const StoredChange& change) override {
    Change([&] { return std::vector<StateWrite>{HistoryWrite(change)}; });
  }

  std::vector<StoredChange> History(const std::string& connector, int most) override {
    auto numbered = HistoryIn(topics_, own(), HistoryPrefix(connector));
    std::vector<StoredChange> changes;
    const std::size_t first = numbered.size() - std::min<std::size_t>(numbered.size(), static_cast<std::size_t>(most));
    for (std::size_t i = first; i < numbered.size(); ++i) changes.push_back(std::move(numbered[i].first));
    return changes;
  }

  std::map<std::string, std::set<std::string>> ActiveTopics() override {
    std::map<std::string, std::set<std::string>> topics;
    const auto add = [&](const std::string& key) {
      if (const auto topic = ActiveTopicFromKey(key)) topics[topic->first].insert(topic->second);
    };
    const std::string prefix(kActiveTopicPrefix);
    std::lock_guard lock(mutex_);
    for (const StateRecord& record : topics_.All(status(), prefix)) add(record.key);
    for (const StateWrite& write : pending_.All(status(), prefix)) add(write.key);
    return topics;
  }

  void NoteActiveTopic(const std::string& connector, const std::string& topic) override {
    const std::string key = ActiveTopicKey(connector, topic);
    if (topics_.Find(status(), key)) return;
    PutPending({status(), key, ActiveTopicValue(connector, topic, Now())});
  }

  void DeleteActiveTopics(const std::string& connector) override {
    const auto is_meant = [&connector](const std::string& key) {
      const auto topic = ActiveTopicFromKey(key);
      return topic && topic->first == connector;
    };
    Delete(status(), std::string(kActiveTopicPrefix), is_meant);
  }

  int TaskCountRecord(const std::string& connector) override {
    const auto record = topics_.Find(config(), TaskCountKey(connector));
    return record && record->value ? TaskCountFromValue(*record->value) : 0;
  }

  void PutTaskCountRecord(const std::string& connector, int tasks) override {
    Run([&] { Write({{config(), TaskCountKey(connector), TaskCountValue(tasks)}}, StateLog::IfLate::kStays); });
  }

  void NoteStatus(const std::string& connector, int task, const std::string& state, const std::string& trace) override {
    PutPending({status(), TaskStatusKey(connector, task), StatusValue(StatusOf(state, trace))});
  }

  std::vector<StoredSourceOffset> SourceOffsets() override { return SourceOffsetsIn(topics_, offsets()); }

  StoredCheckpoint LastCheckpoint() override {
    StoredCheckpoint checkpoint;  // the topics have no ends that anybody would have to know
    for (const StateRecord& record : topics_.All(offsets(), ""))
      checkpoint.sequence = std::max(checkpoint.sequence, record.sequence);
    return checkpoint;
  }

  void PutSourceOffsets(const std::vector<StoredSourceOffset>& changed, const StoredCheckpoint&) override {
    Run([&] {
      // What the tasks' own transactions have brought is there already, or something newer is.
      try {
        topics_.ReadToEnd(offsets(), options_.patience);
      } catch (const std::exception& error) {
        throw StoreError(error.what());
      }
      std::vector<StateWrite> writes;
      for (const StoredSourceOffset& stored : changed) {
        const std::string key = ToJson(SourceOffsetKey{stored.connector, stored.partition});
        const auto known = topics_.Find(offsets(), key);
        if (known ? known->sequence >= stored.sequence : !stored.offset) continue;
        writes.push_back(
            {offsets(), key, stored.offset ? std::optional(ToJson(*stored.offset)) : std::nullopt, stored.sequence});
      }
      WriteInParts(writes);
    });
  }

  std::optional<std::int64_t> ConsumerOffset(const std::string& group, const TopicPartition& source) override {
    const std::string key = PositionKey(group, source);
    std::lock_guard lock(mutex_);
    if (const auto value = pending_.Find(own(), key)) return PositionFromValue(*value);
    const auto record = topics_.Find(own(), key);
    if (!record || !record->value) return std::nullopt;
    // Who looks at a position uses it.
    constexpr int kShare = 8;
    if (SinkOf(group) && Now() - record->time > options_.retention.time / kShare)
      pending_.Put({own(), key, record->value});
    return PositionFromValue(*record->value);
  }

  std::map<TopicPartition, std::int64_t> ConsumerOffsets(const std::string& group) override {
    std::map<TopicPartition, std::int64_t> offsets;
    for (const StoredPosition& position : Positions(PositionPrefix(group))) offsets[position.source] = position.offset;
    return offsets;
  }

  void CommitConsumerOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) override {
    PutPending({own(), PositionKey(group, source), PositionValue(offset)});
  }

  void DeleteConsumerOffsets(const std::string& group) override {
    Delete(own(), PositionPrefix(group), [](const std::string&) { return true; });
  }

  void DeleteConsumerOffsetsIn(const std::string& topic) override {
    Delete(own(), std::string(kPositionPrefix), [&topic](const std::string& key) {
      const auto position = PositionFromKey(key);
      return position && position->second.topic == topic;
    });
  }

  void Flush() override {
    Run([this] {
      if (pending_failure_) std::rethrow_exception(pending_failure_);
    });
  }

  StoreContents Contents() override {
    StoreContents contents{.connectors = Connectors(),
                           .history = {},
                           .source_offsets = SourceOffsets(),
                           .positions = Positions(std::string(kPositionPrefix)),
                           .active_topics = ActiveTopics(),
                           .task_count_records = {}};
    for (auto& [change, number] : HistoryIn(topics_, own(), std::string(kHistoryPrefix)))
      contents.history.push_back(std::move(change));
    const std::string prefix = TaskCountKey("");
    for (const StateRecord& record : topics_.All(config(), prefix)) {
      if (record.value)
        contents.task_count_records[record.key.substr(prefix.size())] = TaskCountFromValue(*record.value);
    }
    return contents;
  }

  void Fill(const StoreContents& contents) override {
    Run([&] {
      WriteInParts(WritesOf(contents, topics_, names_));
      // Connectors last, in one: with them the store counts as filled.
      std::vector<StateWrite> connectors;
      for (const StoredConnector& each : contents.connectors) {
        for (StateWrite& write : WritesOf(each, StatusOf("", ""), names_)) connectors.push_back(std::move(write));
      }
      Write(connectors, StateLog::IfLate::kUndone);
    });
  }

 private:
  const std::string& config() const { return names_.config; }
  const std::string& offsets() const { return names_.offsets; }
  const std::string& status() const { return names_.status; }
  const std::string& own() const { return names_.own; }

  TaskStatus StatusOf(const std::string& state, const std::string& trace) const {
    return {.state = state, .trace = trace, .worker_id = options_.worker_id, .generation = log_.term()};
  }

  /// On the store's thread, so that no two get the same number.
  StateWrite HistoryWrite(const StoredChange& change) const {
    const auto history = HistoryIn(topics_, own(), HistoryPrefix(change.connector));
    const std::int64_t number = history.empty() ? 0 : history.back().second + 1;
    return {own(), HistoryKey(change.connector, number), HistoryValue(change, number)};
  }

  std::vector<StoredPosition> Positions(const std::string& prefix) const {
    std::map<std::pair<std::string, TopicPartition>, StoredPosition> positions;
    const auto add = [&](const std::string& key, const std::string& value, Timestamp used) {
      const auto position = PositionFromKey(key);
      if (!position) return;
      positions[*position] = {position->first, position->second, PositionFromValue(value), used};
    };
    std::lock_guard lock(mutex_);
    for (const StateRecord& record : topics_.All(own(), prefix)) {
      if (record.value) add(record.key, *record.value, record.time);
    }
    for (const StateWrite& write : pending_.All(own(), prefix)) {
      if (write.value) add(write.key, *write.value, Now());
    }
    std::vector<StoredPosition> all;
    for (auto& [key, position] : positions) all.push_back(std::move(position));
    return all;
  }

  void PutPending(StateWrite write) {
    {
      std::lock_guard lock(mutex_);
      pending_.Put(std::move(write));
    }
    wake_.notify_one();
  }

  /// Runs `work` on the store's thread, after all that is pending, and waits for its answer.
  template <class F>
  void Run(F work) {
    const auto task = std::make_shared<std::packaged_task<void()>>(std::move(work));
    auto answer = task->get_future();
    {
      std::lock_guard lock(mutex_);
      queue_.emplace_back([task] { (*task)(); });
    }
    wake_.notify_one();
    answer.get();
  }

  /// On the store's thread.
  void Write(const std::vector<StateWrite>& writes, StateLog::IfLate if_late) {
    try {
      log_.Write(writes, options_.patience, if_late);
      NoteWritten();
    } catch (const StoreError& error) {
      NoteTrouble(error.what(), error.is_damaged());
      throw;
    }
  }

  /// What may be in only in part, and will then be written again.
  void WriteInParts(std::span<const StateWrite> writes) {
    while (!writes.empty()) {
      const auto part = writes.first(std::min(writes.size(), kMostAtOnce));
      Write({part.begin(), part.end()}, StateLog::IfLate::kStays);
      writes = writes.subspan(part.size());
    }
  }

  template <class F>
  void Change(F writes) {
    Run([this, writes = std::move(writes)] { Write(writes(), StateLog::IfLate::kUndone); });
  }

  /// What `is_meant` of the keys that begin so.
  template <class F>
  void Delete(const std::string& topic, const std::string& prefix, F is_meant) {
    Run([&] {
      std::vector<StateWrite> writes;
      for (const StateRecord& record : topics_.All(topic, prefix)) {
        if (is_meant(record.key)) writes.push_back({topic, record.key, std::nullopt});
      }
      Write(writes, StateLog::IfLate::kStays);
      std::lock_guard lock(mutex_);
      pending_.Forget(topic, [&](const std::string& key) { return key.starts_with(prefix) && is_meant(key); });
    });
  }

  void NoteTrouble(const std::string& message, bool is_damaged) {
    std::lock_guard lock(mutex_);
    damaged_ |= is_damaged;
    if (trouble_ && trouble_->message == message) return;
    if (!trouble_) trouble_ = StoreTrouble{.message = message, .since = Now()};
    trouble_->message = message;
    log::Error(kLogger, message);
  }

  void NoteWritten() {
    std::lock_guard lock(mutex_);
    if (!trouble_ || damaged_) return;
    trouble_.reset();
    log::Info(kLogger, "the worker's state can be written to Kafka again");
  }

  void Work(const std::stop_token& stop) {
    log::NameThread("store");
    auto next_write = Clock::now();
    auto next_look = Clock::now();
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto due = [&] { return !queue_.empty() || (!pending_.empty() && Clock::now() >= next_write); };
      const auto until = pending_.empty() ? next_look : std::min(next_write, next_look);
      wake_.wait_until(lock, stop, until, [&] { return due() || (until > next_write && !pending_.empty()); });
      const bool last_try = stop.stop_requested() && queue_.empty();
      if (last_try && pending_.empty()) return;
      if (!due() && !last_try && Clock::now() < next_look) continue;
      auto queue = std::exchange(queue_, {});
      lock.unlock();
      WritePending();
      next_write = Clock::now() + (pending_failure_ ? std::chrono::milliseconds(kRetry) : kGather);
      for (auto& work : queue) work();
      if (Clock::now() >= next_look && !stop.stop_requested()) {
        next_look = Clock::now() + std::clamp<std::chrono::milliseconds>(options_.retention.time / 8, 1s, kLongestWait);
        DropOldPositions();
      }
      lock.lock();
      if (last_try && pending_failure_) return;
    }
  }

  void WritePending() {
    while (true) {
      PendingWrites::Taken taken;
      {
        std::lock_guard lock(mutex_);
        taken = pending_.Some(kMostAtOnce);
      }
      pending_failure_ = nullptr;
      if (taken.writes.empty()) return;
      try {
        log_.Write(taken.writes, std::min<std::chrono::milliseconds>(kPendingWait, options_.patience),
                   StateLog::IfLate::kStays);
        NoteWritten();
      } catch (const StoreError& error) {
        NoteTrouble(error.what(), error.is_damaged());
        pending_failure_ = std::current_exception();
        return;
      }
      std::lock_guard lock(mutex_);
      pending_.Written(taken);
      if (taken.writes.size() < kMostAtOnce) return;
    }
  }

  void DropOldPositions() {
    std::vector<std::string> connectors;
    for (const StateRecord& record : topics_.All(config(), std::string(kConnectorPrefix)))
      connectors.push_back(record.key.substr(kConnectorPrefix.size()));
    auto gone = ExpiredPositions(topics_, own(), connectors, options_.retention, Now());
    {
      std::lock_guard lock(mutex_);  // what is being used just now stays
      std::erase_if(gone, [&](const StateWrite& write) { return pending_.Find(own(), write.key).has_value(); });
    }
    if (gone.empty()) return;
    try {
      WriteInParts(gone);
      log::Info(kLogger, std::to_string(gone.size()) +
                             " stored positions of viewers' own groups are gone: unused for offsets.retention.minutes, "
                             "or more than " +
                             std::to_string(options_.retention.most_groups) + " groups of one sink");
    } catch (const StoreError& error) {  // the next look tries again
      log::Debug(kLogger, error.what());
    }
  }

  const KafkaStoreOptions options_;
  const StateNames names_;
  broker::StateTopics& topics_;
  StateLog log_;                        // store thread, but for construction
  std::exception_ptr pending_failure_;  // store thread
  mutable std::mutex mutex_;
  std::optional<StoreTrouble> trouble_;
  bool damaged_ = false;
  std::condition_variable_any wake_;
  std::deque<std::function<void()>> queue_;
  PendingWrites pending_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Store> OpenKafkaStore(broker::StateTopics& topics, const KafkaStoreOptions& options) {
  return std::make_unique<KafkaStore>(topics, options);
}

}  // namespace framespool::store
