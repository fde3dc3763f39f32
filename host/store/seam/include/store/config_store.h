#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <framespool/config_def.h>
#include <framespool/record.h>

namespace framespool::store {

/// Kafka Connect's target states.
enum class TargetState { kRunning, kPaused, kStopped };

struct StoredConnector {
  std::string name;
  RawConfig config;
  TargetState target = TargetState::kRunning;
};

/// One line of a connector's history.
struct StoredChange {
  std::string connector;
  std::string by;      // who asked for it
  std::string action;  // CREATED, CHANGED, PAUSED, …
  RawConfig before;    // of the keys that changed
  RawConfig after;
  Timestamp time = Now();
};

/// How a task was when its worker last said so.
struct StoredTaskStatus {
  std::string state;
  std::string trace;
  std::string worker_id;
  std::int32_t generation = 0;
};

/// The connectors that should exist. Every call waits for its commit; never called on a REST thread.
class ConfigStore {
 public:
  virtual ~ConfigStore() = default;
  virtual std::vector<StoredConnector> Connectors() = 0;
  /// Inserts or replaces, and notes the change with it.
  virtual void PutConnector(const StoredConnector& connector, const StoredChange& change) = 0;
  /// Its source offsets and consumer offsets stay, as in Connect, and so does its history.
  virtual void DeleteConnector(const std::string& name, const StoredChange& change) = 0;
  /// A change that leaves the connector's config and target state as they are.
  virtual void NoteChange(const StoredChange& change) = 0;
  /// The newest `most` of a connector, oldest first.
  virtual std::vector<StoredChange> History(const std::string& connector, int most) = 0;

  /// The topics that each connector has used. A note returns at once.
  virtual std::map<std::string, std::set<std::string>> ActiveTopics() = 0;
  virtual void NoteActiveTopic(const std::string& connector, const std::string& topic) = 0;
  virtual void DeleteActiveTopics(const std::string& connector) = 0;
  /// Connect's task count record: how many tasks of a source connector may have producers that still write; 0 where
  /// none was put. It outlives the connector, as such a producer may.
  virtual int TaskCountRecord(const std::string& connector) = 0;
  virtual void PutTaskCountRecord(const std::string& connector, int tasks) = 0;
  /// The last state each task was seen in, for a look at the database after a crash, and for other workers. Returns at
  /// once, newest wins. `generation` counts the owners of the task; nothing: the store's own count of its owners.
  virtual void NoteStatus(const std::string& connector, int task, const std::string& state, const std::string& trace,
                          std::optional<std::int32_t> generation = std::nullopt) = 0;
  /// As any worker of this store's has noted it; nothing where only one keeps its state there. No I/O.
  virtual std::optional<StoredTaskStatus> LastStatus(const std::string& /*connector*/, int /*task*/) {
    return std::nullopt;
  }
  /// Waits until what other workers have stored is seen. Throws StoreError.
  virtual void CatchUp() {}
};

}  // namespace framespool::store
