#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <framespool/record.h>

/// What our extensions of Kafka Connect's REST API say about changes: the past ones and those to come.
namespace framespool::herder {

struct ValueChange {
  std::optional<std::string> from;  // nullopt: the key was not there
  std::optional<std::string> to;    // nullopt: the key is not there any more
};
/// By key; a password's values read [hidden].
using ConfigChanges = std::map<std::string, ValueChange>;

/// Who changed what, when.
struct HistoryEntry {
  Timestamp time;
  std::string by;
  std::string action;  // CREATED, CHANGED, RUNNING, PAUSED, STOPPED, RESTARTED, OFFSETS_ALTERED, OFFSETS_RESET, DELETED
  ConfigChanges changes;
};

/// One step from the connectors that there are to those that are declared.
struct PlannedChange {
  enum class Action { kCreate, kUpdate, kDelete, kNone } action = Action::kNone;
  std::string name;
  ConfigChanges changes;
};

/// One line of GET …/offsets: of a source {partition, offset}, of a sink {kafka_topic, kafka_partition},{kafka_offset}.
struct OffsetEntry {
  Fields partition;
  std::optional<Fields> offset;  // nullopt: to be reset
};

}  // namespace framespool::herder
