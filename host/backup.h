#pragma once

#include <span>
#include <string_view>

namespace framespool {

/// `framespool backup` and `framespool restore`: a data directory in another folder, which a worker could run on.
///
///     backup [--copy] DATA_DIR TARGET    of a worker that runs or does not. Full segments of the log are hard links
///     where
///                                        that can be; --copy makes files of all
///     restore BACKUP DATA_DIR            of a worker that does not run, where there is no data yet; files of all
///
/// The database is taken first and the log behind it, as it was at one moment: what the database says of the topics,
/// they have, and newer source offsets are recovered from them. A folder whose copy was not finished has a text in the
/// place of the database, so that no worker starts on it; the same command does it again.
///
/// Each returns the exit code: 0; 1 with the reason on standard error; 2 for words that cannot be. `words` are those
/// behind the command.
int Backup(std::span<const std::string_view> words);
int Restore(std::span<const std::string_view> words);

}  // namespace framespool
