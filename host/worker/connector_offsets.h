#pragma once

#include <store/offset_store.h>

#include <optional>
#include <vector>

#include <worker/herder.h>

#include "source_offsets.h"

namespace framespool::worker {

/// The offsets of a connector as Connect shows them: a source's own, or its consumer group's for a sink.
std::vector<OffsetEntry> OffsetsOf(const ConnectorInfo& connector, const SourceOffsets& sources,
                                   store::OffsetStore& store);

/// Why `entries` cannot be offsets of the connector, as far as the worker can tell: a sink's are of partitions of its
/// topics and whole numbers; a source's are made like those that are stored. Nothing when they can.
std::optional<Refusal> OffsetsProblem(const ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                      const SourceOffsets& sources);

/// Sets or resets them, and waits until that is durable; the broker's own tools see it a moment later. Only what
/// OffsetsProblem() has let through.
Outcome<Done> SetOffsets(const ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                         SourceOffsets& sources, store::OffsetStore& store, broker::Broker& broker);

/// Resets all of them, as SetOffsets() would.
Outcome<Done> ForgetOffsets(const ConnectorInfo& connector, SourceOffsets& sources, store::OffsetStore& store,
                            broker::Broker& broker);

}  // namespace framespool::worker
