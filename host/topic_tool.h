#pragma once

#include <span>
#include <string_view>

namespace framespool {

/// `framespool topic`: the topics of the embedded log in a worker's data directory, while no worker runs on
/// it. Opens the log as a worker does at its start, so a write that never ended is cut off and an index that is damaged
/// is made anew; nothing is dropped for its age or size.
///
///     ls DATA_DIR                        topics with their partitions, records, bytes and times
///     cat DATA_DIR TOPIC                 records as JSON, one a line; --raw: their values as they are
///         [--partition N] [--from OFFSET] [--records N] [--raw]
///     export DATA_DIR TOPIC FILE         the topic in one file (schemas/topic-file.md)
///     import DATA_DIR FILE [TOPIC]       a topic of such a file, by its own name or another; there must be none yet
///     verify DATA_DIR [TOPIC...]         reads every record and says which are lost
///     compact DATA_DIR TOPIC...          keeps the newest record of each key, at its offset
///         [--dry-run] [--delete-retention-ms N]
///
/// Returns the exit code: 0; 1 when something is lost, or cannot be looked at, which is said on standard error; 2 for
/// words that cannot be. `words` are those behind `topic`.
int TopicTool(std::span<const std::string_view> words);

}  // namespace framespool
