#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "sqlite.h"
#include "store_sqlite/sqlite_store.h"

namespace framespool::store {

/// Takes out positions that nobody has used for long, or that are too many. Owned by the store, on its thread. Calls
/// throw StoreError.
class OffsetExpiry {
 public:
  OffsetExpiry(Database& database, const OffsetRetention& retention) : database_(database), retention_(retention) {}

  /// Whether a look is due.
  bool IsDue(std::chrono::steady_clock::time_point now) const;
  /// How long the store's thread may sleep before that.
  std::chrono::milliseconds Wait(std::chrono::steady_clock::time_point now) const;
  /// Within a transaction, before a row of `group` is written.
  void NoteWrite(const std::string& group);
  /// Whether a position that was last used at `used_ms` should be noted as used again when it is read.
  bool ShouldTouch(std::int64_t used_ms, std::int64_t now_ms) const;
  /// In a transaction of its own.
  void Tidy(std::chrono::steady_clock::time_point now, std::int64_t now_ms);

 private:
  Database& database_;
  const OffsetRetention retention_;
  std::chrono::steady_clock::time_point next_{};  // the first look is due at once
  std::int64_t new_groups_ = 0;                   // since the last look
};

}  // namespace framespool::store
