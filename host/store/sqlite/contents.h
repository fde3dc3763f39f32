#pragma once

#include <store/store.h>

#include "sqlite.h"

namespace framespool::store {

/// All that the database has, for another store. On the store's thread, as is what follows; throws StoreError.
StoreContents ContentsOf(Database& database);
/// Adds it, in one transaction.
void FillDatabase(Database& database, const StoreContents& contents);

std::string ToText(TargetState state);
TargetState TargetFromText(const std::string& text);

}  // namespace framespool::store
