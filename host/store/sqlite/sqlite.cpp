#include "sqlite.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <base/private_files.h>

#include "store_sqlite/sqlite_store.h"

namespace framespool::store {

namespace {

constexpr const char* kWhatToDo =
    "; nothing of it was changed. Restore the file from a backup, or save what can be read of it (sqlite3 FILE "
    ".recover), or move it and its -wal file away to begin with an empty one: the topics are not touched";

}  // namespace

Database::Database(const std::filesystem::path& file) : file_(file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw StoreError("store: " + file.string() + " is no plain file; move it away, or use another data.dir");
  }
  // SQLite would make it for everybody to read. What it makes beside it is as the database is.
  if (const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, base::kPrivateFile); fd >= 0) ::close(fd);
  for (const char* suffix : {"", "-wal", "-shm"}) base::MakePrivate(file.string() + suffix);
  sqlite3* handle = nullptr;
  const int result =
      sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(handle);
  if (result != SQLITE_OK) Fail("opening it");
  sqlite3_busy_timeout(handle, 5000);  // someone may be looking with the sqlite3 shell
}

void Database::Fail(const std::string& doing) const {
  // Of a COMMIT SQLite keeps no number; where it does keep one, it may be of an earlier error.
  const int last = errno;
  const int code = sqlite3_extended_errcode(handle_.get());
  std::string message = "store: " + file_.string() + ": " + doing + " failed: " + sqlite3_errmsg(handle_.get());
  const int error = (code & 0xff) != SQLITE_IOERR ? 0 : last != 0 ? last : sqlite3_system_errno(handle_.get());
  if ((code & 0xff) == SQLITE_FULL || error == ENOSPC || error == EDQUOT || error == EFBIG) {
    const std::string what = error == 0 ? "" : " (" + std::generic_category().message(error) + ")";
    throw StoreError(message + what + "; nothing of it was stored. " +
                         (error == EFBIG    ? "Raise the limit of file sizes (ulimit -f)"
                          : error == EDQUOT ? "Raise the quota of the worker's user, or free some space"
                                            : "Free some space on its disk") +
                         ", and it can be asked for again: the worker goes on by itself",
                     false, kind::kDiskFull);
  }
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      throw StoreError("store: " + file_.string() + " is damaged: " + doing +
                           " failed: " + sqlite3_errmsg(handle_.get()) + kWhatToDo,
                       true);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM: message += "; check the permissions of data.dir"; break;
    default: break;
  }
  throw StoreError(message);
}

void Database::RequireIntact() {
  Statement check(*this, "PRAGMA quick_check(3)");
  std::string found;
  while (check.Step()) found += (found.empty() ? "" : "; ") + check.Text(0);
  if (found == "ok") return;
  for (char& c : found) c = c == '\n' ? ' ' : c;
  throw StoreError("store: " + file_.string() + " is damaged: " + found + kWhatToDo, true);
}

void Database::RequireInPlace() const {
  int moved = 0;
  sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (moved == 0) return;
  throw StoreError(
      "store: " + file_.string() +
      " has been moved or deleted under the worker; put it and its -wal file back where they were. Where "
      "they are gone, stop the worker: the next start begins with an empty one, the topics are not touched");
}

void Database::Execute(const std::string& sql) {
  errno = 0;
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    Fail("\"" + sql.substr(0, 60) + "\"");
  }
}

std::int64_t Database::Number(const std::string& sql) {
  Statement statement(*this, sql);
  return statement.Step() ? statement.Integer(0) : 0;
}

Statement::Statement(const Database& database, std::string_view sql) : database_(database) {
  sqlite3_stmt* handle = nullptr;
  const int result = sqlite3_prepare_v2(database.handle(), sql.data(), static_cast<int>(sql.size()), &handle, nullptr);
  handle_.reset(handle);
  if (result != SQLITE_OK) database.Fail("\"" + std::string(sql.substr(0, 60)) + "\"");
}

bool Statement::Step() {
  errno = 0;
  const int result = sqlite3_step(handle_.get());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) {
    const int error = errno;
    sqlite3_reset(handle_.get());
    errno = error;
    database_.Fail("\"" + std::string(sqlite3_sql(handle_.get())).substr(0, 60) + "\"");
  }
  sqlite3_reset(handle_.get());
  return false;
}

std::string Statement::Text(int column) const { return OptionalText(column).value_or(""); }

std::optional<std::string> Statement::OptionalText(int column) const {
  const void* text = sqlite3_column_blob(handle_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  if (sqlite3_column_type(handle_.get(), column) == SQLITE_NULL) return std::nullopt;
  return std::string(static_cast<const char*>(text), size);
}

// The texts outlive Step(): they are the caller's, and every caller runs the statement before it lets go of them.
void Statement::BindOne(int index, const std::string& text) {
  sqlite3_bind_text(handle_.get(), index, text.data(), static_cast<int>(text.size()), nullptr);
}

void Statement::BindOne(int index, const std::optional<std::string>& text) {
  if (text) {
    BindOne(index, *text);
  } else {
    sqlite3_bind_null(handle_.get(), index);
  }
}

}  // namespace framespool::store
