#pragma once

#include <optional>
#include <vector>

#include <base/outcome.h>
#include <herder/herder.h>
#include <runtime/source_offsets.h>
#include <store/offset_store.h>

namespace framespool::herder {

/// The offsets of a connector as Connect shows them: a source's own, or its consumer group's for a sink.
std::vector<OffsetEntry> OffsetsOf(const runtime::ConnectorInfo& connector, const runtime::SourceOffsets& sources,
                                   store::OffsetStore& store);

/// Whether `entries` can be offsets of the connector, as far as the worker can tell: a sink's are of partitions of its
/// topics and whole numbers; a source's are made like those that are stored.
base::Outcome<void> CheckOffsets(const runtime::ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                 const runtime::SourceOffsets& sources);

/// Sets or resets them, and waits until that is durable; the broker's own tools see it a moment later. Only what
/// CheckOffsets() has let through.
base::Outcome<void> SetOffsets(const runtime::ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                               runtime::SourceOffsets& sources, store::OffsetStore& store, broker::Broker& broker);

/// Resets all of them, as SetOffsets() would.
base::Outcome<void> ForgetOffsets(const runtime::ConnectorInfo& connector, runtime::SourceOffsets& sources,
                                  store::OffsetStore& store, broker::Broker& broker);

}  // namespace framespool::herder
