#pragma once

#include <store/offset_store.h>

#include <vector>

#include <worker/herder.h>

#include "source_offsets.h"

namespace framespool::worker {

/// The offsets of a connector as Connect shows them: a source's own, or its consumer group's for a sink.
std::vector<OffsetEntry> OffsetsOf(const ConnectorInfo& connector, const SourceOffsets& sources,
                                   store::OffsetStore& store);

/// Sets or resets them, and waits until that is durable; the broker's own tools see it a moment later. A Refusal says
/// what is wrong with an entry; then nothing is done.
Outcome<Done> SetOffsets(const ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                         SourceOffsets& sources, store::OffsetStore& store, broker::Broker& broker);

/// Resets all of them, as SetOffsets() would.
Outcome<Done> ForgetOffsets(const ConnectorInfo& connector, SourceOffsets& sources, store::OffsetStore& store,
                            broker::Broker& broker);

}  // namespace framespool::worker
