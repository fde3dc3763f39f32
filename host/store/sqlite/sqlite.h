#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace framespool::store {

/// One SQLite connection, used on one thread. Every failure is a StoreError naming the file and SQLite's own words.
class Database {
 public:
  explicit Database(const std::filesystem::path& file);

  /// Throws StoreError when a page is damaged. Reads every page.
  void RequireIntact();
  /// Throws StoreError when the file is no longer where it was opened: what is written would be gone with this process.
  void RequireInPlace() const;
  /// Runs one or more statements without parameters or rows.
  void Execute(const std::string& sql);
  std::int64_t Number(const std::string& sql);

  sqlite3* handle() const noexcept { return handle_.get(); }
  [[noreturn]] void Fail(const std::string& doing) const;

 private:
  struct Closer {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close(handle); }
  };
  std::filesystem::path file_;
  std::unique_ptr<sqlite3, Closer> handle_;
};

/// One prepared statement: Bind(…), then while (Step()) read columns.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql);

  template <class... Values>
  Statement& Bind(const Values&... values) {
    sqlite3_reset(handle_.get());
    int index = 0;
    (BindOne(++index, values), ...);
    return *this;
  }
  /// Whether there is a row.
  bool Step();
  void Run() {
    while (Step()) {
    }
  }
  std::string Text(int column) const;
  std::optional<std::string> OptionalText(int column) const;
  std::int64_t Integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }

 private:
  void BindOne(int index, const std::string& text);
  void BindOne(int index, const std::optional<std::string>& text);
  template <std::integral N>
  void BindOne(int index, N number) {
    sqlite3_bind_int64(handle_.get(), index, static_cast<std::int64_t>(number));
  }

  struct Closer {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  const Database& database_;
  std::unique_ptr<sqlite3_stmt, Closer> handle_;
};

/// Rolled back unless Commit() was reached.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database_.Execute("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void Commit() {
    database_.Execute("COMMIT");
    open_ = false;
  }

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace framespool::store
