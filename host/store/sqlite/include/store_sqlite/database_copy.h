#pragma once

#include <cstdint>
#include <filesystem>
#include <map>

#include <framespool/record.h>

namespace framespool::store {

/// What a copy of a database says of itself.
struct DatabaseCopy {
  std::int64_t connectors = 0;
  /// How far the topics must reach for what the database says of them: the highest of its checkpoint and of positions.
  std::map<TopicPartition, std::int64_t> ends;
};

/// Copies the database `from`, which a worker of another process may be writing to, into the file `to`, which must not
/// be there: as it is between two transactions. It is checked page by page, and of the schema that `from`
/// has, and is durable when this returns. Throws StoreError naming the file and the reason. Any thread; waits for I/O.
DatabaseCopy CopyDatabase(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace framespool::store
