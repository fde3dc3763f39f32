#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <store/config_store.h>
#include <store/offset_store.h>

namespace framespool::store {

/// The store cannot be used. The message names the file, what was found and what to do.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  StoreError(const std::string& message, bool is_damaged) : std::runtime_error(message), is_damaged_(is_damaged) {}
  /// The database itself is bad: it will not pass by itself.
  bool is_damaged() const noexcept { return is_damaged_; }

 private:
  bool is_damaged_ = false;
};

/// A data directory in use by this process: an flock on data.dir/LOCK, held until destroyed. Throws StoreError naming
/// the process that holds it.
class DataDirLock {
 public:
  explicit DataDirLock(const std::filesystem::path& data_dir);
  DataDirLock(const DataDirLock&) = delete;
  DataDirLock& operator=(const DataDirLock&) = delete;
  ~DataDirLock();

 private:
  int fd_ = -1;
};

/// Why nothing can be stored just now, and since when.
struct StoreTrouble {
  std::string message;
  Timestamp since{};
};

class Store : public ConfigStore, public OffsetStore {
 public:
  /// Whether there was no database, or an empty one, when it was opened.
  virtual bool created() const noexcept = 0;
  /// Any thread; never waits. A database that is damaged stays so until the worker is started again; anything else is
  /// over with the next write that succeeds.
  virtual std::optional<StoreTrouble> Trouble() const = 0;
};

/// What is kept of positions that anybody may make: a sink's named groups (group "/" name, or with "?key="). A
/// connector's own position stays until the connector or its offsets are deleted.
struct OffsetRetention {
  std::chrono::milliseconds time = std::chrono::hours(24 * 7);  // after the last use
  std::int64_t most_groups = 10000;                             // of one sink; the longest unused make room
};

/// Opens data.dir/framespool.db (WAL, synchronous FULL), creates it, or brings it up to this version's schema. A
/// database of a newer version, or one with a damaged page, is refused and left untouched: StoreError. All SQLite work
/// is done on one thread, "store".
std::unique_ptr<Store> OpenSqliteStore(const std::filesystem::path& file, const OffsetRetention& retention = {});

}  // namespace framespool::store
