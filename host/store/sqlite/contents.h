#pragma once

#include <optional>

#include <store/store.h>

#include "sqlite.h"

namespace framespool::store {

/// All that the database has, for another store. On the store's thread, as is what follows; throws StoreError.
StoreContents ContentsOf(Database& database);
/// A row of connector, partition, offset and sequence; nothing, and a line in the log, for one that cannot be read: it
/// is one connector's, and no reason for all others not to run.
std::optional<StoredSourceOffset> SourceOffsetIn(const Statement& row);
/// Adds it, in one transaction.
void FillDatabase(Database& database, const StoreContents& contents);

std::string ToText(TargetState state);
TargetState TargetFromText(const std::string& text);

}  // namespace framespool::store
