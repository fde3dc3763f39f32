#include "store_kafka/kafka_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/source_offset_json.h>

#include <store_kafka/state_formats.h>

#include "position_expiry.h"
#include "state_contents.h"
#include "state_log.h"
#include "store_thread.h"

namespace framespool::store {

namespace {

using broker::StateRecord;
using broker::StateWrite;

constexpr std::string_view kLogger = "store";

class KafkaStore final : public Store {
 public:
  KafkaStore(broker::StateTopics& topics, const KafkaStoreOptions& options)
      : options_(options),
        names_{.config = options.config.topic.name,
               .offsets = options.offsets.topic.name,
               .status = options.status.topic.name,
               .own = options.own.topic.name},
        topics_(topics),
        thread_(topics, options_, [this] { DropOldPositions(); }) {
    log::Info(kLogger, "the worker's state is in topics " + config() + ", " + offsets() + ", " + status() + " and " +
                           own() + (created() ? ", which are new" : ""));
  }

  bool created() const noexcept override { return thread_.created(); }
  std::optional<StoreTrouble> Trouble() const override { return thread_.Trouble(); }

  std::vector<StoredConnector> Connectors() override {
    std::vector<StoredConnector> connectors;
    for (const StateRecord& record : topics_.All(config(), std::string(kConnectorPrefix))) {
      const std::string name = record.key.substr(kConnectorPrefix.size());
      try {
        const auto target = topics_.Find(config(), TargetStateKey(name));
        connectors.push_back({name, ConfigFromValue(record.value.value_or("")),
                              target && target->value ? TargetFromValue(*target->value) : TargetState::kRunning});
      } catch (const std::exception& error) {
        thread_.NoteTrouble("store: connector " + name + " is left out, what topic " + config() +
                                " says of it cannot be read: " + error.what() + "; delete it and create it again",
                            true);
      }
    }
    return connectors;
  }

  void PutConnector(const StoredConnector& connector, const StoredChange& change) override {
    Change([&] {
      std::vector<StateWrite> writes = WritesOf(connector, StatusOf("", ""), names_);
      if (options_.is_shared)
        std::erase_if(writes, [this](const StateWrite& write) { return write.topic == config(); });
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
      std::vector<StateWrite> writes{{status(), ConnectorStatusKey(name), std::nullopt}};
      if (!options_.is_shared) {
        writes.push_back({config(), ConnectorKey(name), std::nullopt});
        writes.push_back({config(), TargetStateKey(name), std::nullopt});
      }
      for (const StateRecord& record : topics_.All(status(), "status-t")) {
        if (is_its_status(record.key)) writes.push_back({status(), record.key, std::nullopt});
      }
      writes.push_back(HistoryWrite(change));
      return writes;
    });
    thread_.ForgetPending(status(), is_its_status);
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
    for (const StateWrite& write : thread_.AllPending(status(), prefix)) add(write.key);
    for (const StateRecord& record : topics_.All(status(), prefix)) add(record.key);
    return topics;
  }

  void NoteActiveTopic(const std::string& connector, const std::string& topic) override {
    const std::string key = ActiveTopicKey(connector, topic);
    if (topics_.Find(status(), key)) return;
    thread_.WriteSoon({status(), key, ActiveTopicValue(connector, topic, Now())});
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
    thread_.Run([&] {
      thread_.Write({{config(), TaskCountKey(connector), TaskCountValue(tasks)}}, StateLog::IfLate::kStays);
    });
  }

  void NoteStatus(const std::string& connector, int task, const std::string& state, const std::string& trace,
                  std::optional<std::int32_t> generation) override {
    TaskStatus noted = StatusOf(state, trace);
    noted.generation = generation.value_or(noted.generation);
    thread_.WriteSoon({status(), TaskStatusKey(connector, task), StatusValue(noted)});
  }

  std::optional<StoredTaskStatus> LastStatus(const std::string& connector, int task) override {
    const auto record = topics_.Find(status(), TaskStatusKey(connector, task));
    if (!record || !record->value) return std::nullopt;
    try {
      return StatusFromValue(*record->value);
    } catch (const std::exception&) {
      return std::nullopt;  // somebody else's; the task's next state takes its place
    }
  }

  void CatchUp() override {
    try {
      for (const std::string& topic : {own(), offsets(), config()}) topics_.ReadToEnd(topic, options_.patience);
    } catch (const std::exception& error) {
      throw StoreError(error.what());
    }
  }

  std::vector<StoredSourceOffset> SourceOffsets() override { return SourceOffsetsIn(topics_, offsets()); }

  StoredCheckpoint LastCheckpoint() override {
    StoredCheckpoint checkpoint;  // the topics have no ends that anybody would have to know
    for (const StateRecord& record : topics_.All(offsets(), ""))
      checkpoint.sequence = std::max(checkpoint.sequence, record.sequence);
    return checkpoint;
  }

  void PutSourceOffsets(const std::vector<StoredSourceOffset>& changed, const StoredCheckpoint&) override {
    thread_.Run([&] {
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
      thread_.WriteInParts(writes);
    });
  }

  std::optional<std::int64_t> ConsumerOffset(const std::string& group, const TopicPartition& source) override {
    const std::string key = PositionKey(group, source);
    if (const auto value = thread_.Pending(own(), key)) return PositionFromValue(*value);
    const auto record = topics_.Find(own(), key);
    if (!record || !record->value) return std::nullopt;
    // Who looks at a position uses it.
    constexpr int kShare = 8;
    if (SinkOf(group) && Now() - record->time > options_.retention.time / kShare)
      thread_.WriteSoon({own(), key, record->value});
    return PositionFromValue(*record->value);
  }

  std::map<TopicPartition, std::int64_t> ConsumerOffsets(const std::string& group) override {
    std::map<TopicPartition, std::int64_t> offsets;
    for (const StoredPosition& position : Positions(PositionPrefix(group))) offsets[position.source] = position.offset;
    return offsets;
  }

  void CommitConsumerOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) override {
    thread_.WriteSoon({own(), PositionKey(group, source), PositionValue(offset)});
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
    thread_.Run([this] { thread_.RequireNothingPending(); });
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
    thread_.Run([&] {
      thread_.WriteInParts(WritesOf(contents, topics_, names_));
      // Connectors last, in one: with them the store counts as filled.
      std::vector<StateWrite> connectors;
      for (const StoredConnector& each : contents.connectors) {
        for (StateWrite& write : WritesOf(each, StatusOf("", ""), names_)) connectors.push_back(std::move(write));
      }
      thread_.Write(connectors, StateLog::IfLate::kUndone);
    });
  }

 private:
  const std::string& config() const { return names_.config; }
  const std::string& offsets() const { return names_.offsets; }
  const std::string& status() const { return names_.status; }
  const std::string& own() const { return names_.own; }

  TaskStatus StatusOf(const std::string& state, const std::string& trace) const {
    return {.state = state, .trace = trace, .worker_id = options_.worker_id, .generation = thread_.term()};
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
    const auto pending = thread_.AllPending(own(), prefix);
    for (const StateRecord& record : topics_.All(own(), prefix)) {
      if (record.value) add(record.key, *record.value, record.time);
    }
    for (const StateWrite& write : pending) {
      if (write.value) add(write.key, *write.value, Now());
    }
    std::vector<StoredPosition> all;
    for (auto& [key, position] : positions) all.push_back(std::move(position));
    return all;
  }

  template <class F>
  void Change(F writes) {
    thread_.Run([this, writes = std::move(writes)] { thread_.Write(writes(), StateLog::IfLate::kUndone); });
  }

  /// What `is_meant` of the keys that begin so.
  template <class F>
  void Delete(const std::string& topic, const std::string& prefix, F is_meant) {
    thread_.Run([&] {
      std::vector<StateWrite> writes;
      for (const StateRecord& record : topics_.All(topic, prefix)) {
        if (is_meant(record.key)) writes.push_back({topic, record.key, std::nullopt});
      }
      thread_.Write(writes, StateLog::IfLate::kStays);
      thread_.ForgetPending(topic, [&](const std::string& key) { return key.starts_with(prefix) && is_meant(key); });
    });
  }

  void DropOldPositions() {
    std::vector<std::string> connectors;
    for (const StateRecord& record : topics_.All(config(), std::string(kConnectorPrefix)))
      connectors.push_back(record.key.substr(kConnectorPrefix.size()));
    auto gone = ExpiredPositions(topics_, own(), connectors, options_.retention, Now());
    // What is being used just now stays.
    std::erase_if(gone, [&](const StateWrite& write) { return thread_.Pending(own(), write.key).has_value(); });
    if (gone.empty()) return;
    try {
      thread_.WriteInParts(gone);
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
  StoreThread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Store> OpenKafkaStore(broker::StateTopics& topics, const KafkaStoreOptions& options) {
  return std::make_unique<KafkaStore>(topics, options);
}

}  // namespace framespool::store
