#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <framespool/errors.h>
#include <store/config_store.h>
#include <store/offset_store.h>

namespace framespool::store {

/// The store cannot be used. The message names the file, what was found and what to do.
class StoreError : public Error {
 public:
  explicit StoreError(const std::string& message, bool is_damaged = false, ProblemKind kind = "database")
      : Error(Problem{.message = message, .kind = kind}), is_damaged_(is_damaged) {}
  /// The database itself is bad: it will not pass by itself.
  bool is_damaged() const noexcept { return is_damaged_; }

 private:
  bool is_damaged_ = false;
};

/// Why nothing can be stored just now, and since when.
struct StoreTrouble {
  std::string message;
  Timestamp since{};
};

/// The position of a group, and when it was last used.
struct StoredPosition {
  std::string group;
  TopicPartition source;
  std::int64_t offset = 0;
  Timestamp used{};
};

/// All that a store keeps, but for how tasks were: to be moved to another one.
struct StoreContents {
  std::vector<StoredConnector> connectors;
  std::vector<StoredChange> history;  // of each connector the oldest first
  std::vector<StoredSourceOffset> source_offsets;
  std::vector<StoredPosition> positions;
  std::map<std::string, std::set<std::string>> active_topics;
  std::map<std::string, int> task_count_records;
};

class Store : public ConfigStore, public OffsetStore {
 public:
  /// Whether there was no database, or an empty one, when it was opened.
  virtual bool created() const noexcept = 0;
  /// Any thread; never waits. A database that is damaged stays so until the worker is started again; anything else is
  /// over with the next write that succeeds.
  virtual std::optional<StoreTrouble> Trouble() const = 0;

  virtual StoreContents Contents() = 0;
  /// Into a store that has no connectors; what it has besides is added to, or replaced. All of it or nothing of each
  /// connector; may be done again.
  virtual void Fill(const StoreContents& contents) = 0;
};

}  // namespace framespool::store
