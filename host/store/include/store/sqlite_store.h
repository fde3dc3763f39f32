#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <store/config_store.h>
#include <store/offset_store.h>

namespace framespool::store {

/// The store cannot be used. The message names the file, what was found and what to do.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
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

class Store : public ConfigStore, public OffsetStore {};

/// Opens data.dir/framespool.db (WAL, synchronous FULL), creates it, or brings it up to this version's schema. A
/// database of a newer version is refused and left untouched. All SQLite work is done on one thread, "store".
std::unique_ptr<Store> OpenSqliteStore(const std::filesystem::path& file);

}  // namespace framespool::store
