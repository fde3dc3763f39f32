#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <framespool/config_def.h>

namespace framespool::store {

/// Kafka Connect's target states.
enum class TargetState { kRunning, kPaused, kStopped };

struct StoredConnector {
  std::string name;
  RawConfig config;
  TargetState target = TargetState::kRunning;
};

/// The connectors that should exist. Every call waits for its commit; never called on a REST thread.
class ConfigStore {
 public:
  virtual ~ConfigStore() = default;
  virtual std::vector<StoredConnector> Connectors() = 0;
  /// Inserts or replaces.
  virtual void PutConnector(const StoredConnector& connector) = 0;
  /// Its source offsets and consumer offsets stay, as in Connect.
  virtual void DeleteConnector(const std::string& name) = 0;
  /// The last state each task was seen in, for a look at the database after a crash. Returns at once, newest wins.
  virtual void NoteStatus(const std::string& connector, int task, const std::string& state, const std::string& trace) = 0;
};

}  // namespace framespool::store
