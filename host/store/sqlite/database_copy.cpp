#include "store_sqlite/database_copy.h"

#include <memory>

#include "sqlite.h"
#include "store_sqlite/sqlite_store.h"

namespace framespool::store {

namespace {

/// What `schemas/store` has had from its first version on.
DatabaseCopy Describe(Database& database) {
  DatabaseCopy copy;
  if (database.Number("PRAGMA user_version") == 0) return copy;  // a worker that has just been started
  copy.connectors = database.Number("SELECT count(*) FROM connectors");
  Statement ends(database,
                 "SELECT topic, partition, max(end_offset) FROM "
                 "(SELECT topic, partition, end_offset FROM broker_checkpoint UNION ALL "
                 "SELECT topic, partition, offset FROM consumer_offsets) GROUP BY topic, partition");
  while (ends.Step()) copy.ends[{ends.Text(0), static_cast<std::int32_t>(ends.Integer(1))}] = ends.Integer(2);
  return copy;
}

}  // namespace

DatabaseCopy CopyDatabase(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(from, error))
    throw StoreError("store: there is no " + from.string() + "; name a worker's data.dir, or a backup of one");
  Database source(from);
  source.Number("PRAGMA schema_version");  // says what is wrong with one that is no database
  Database copy(to);
  {
    struct Finish {
      void operator()(sqlite3_backup* backup) const noexcept { sqlite3_backup_finish(backup); }
    };
    const std::unique_ptr<sqlite3_backup, Finish> backup(
        sqlite3_backup_init(copy.handle(), "main", source.handle(), "main"));
    if (!backup) copy.Fail("copying " + from.string());
    // All pages at once: a reader of a WAL keeps nobody from writing, and in steps it would begin anew with each write.
    const int result = sqlite3_backup_step(backup.get(), -1);
    if (result != SQLITE_DONE)
      throw StoreError("store: " + from.string() + " cannot be copied to " + to.string() + ": " +
                       sqlite3_errstr(result));
  }
  copy.RequireIntact();
  return Describe(copy);
}

}  // namespace framespool::store
