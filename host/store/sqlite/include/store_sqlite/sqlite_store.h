#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <store/offset_retention.h>
#include <store/store.h>

namespace framespool::store {

/// A data directory in use by this process: an flock on data.dir/LOCK, held until destroyed. Throws StoreError naming
/// the process that holds it; waits for one that is about to end.
class DataDirLock {
 public:
  explicit DataDirLock(const std::filesystem::path& data_dir);
  DataDirLock(const DataDirLock&) = delete;
  DataDirLock& operator=(const DataDirLock&) = delete;
  ~DataDirLock();

 private:
  int fd_ = -1;
};

/// Opens data.dir/framespool.db (WAL, synchronous FULL), creates it, or brings it up to this version's schema. A
/// database of a newer version, or one with a damaged page, is refused and left untouched: StoreError. All SQLite work
/// is done on one thread, "store".
std::unique_ptr<Store> OpenSqliteStore(const std::filesystem::path& file, const OffsetRetention& retention = {});

/// Name and version of what this room is built on, as this process has loaded it: "SQLite 3.40.1".
std::string DatabaseLibrary();

}  // namespace framespool::store
