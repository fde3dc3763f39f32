#pragma once

#include <span>
#include <string_view>

namespace framespool {

/// `framespool store`: where the state of a worker is, while it does not run.
///
///     move FILE.properties    takes what the database in data.dir has to the topics that the worker's properties name
///                             (config.storage.topic), which must have no connectors yet; the database stays as it is
///
/// Returns the exit code: 0; 1 when it cannot be done, which is said on standard error; 2 for words that cannot be.
/// `words` are those behind `store`.
int StoreTool(std::span<const std::string_view> words);

}  // namespace framespool
