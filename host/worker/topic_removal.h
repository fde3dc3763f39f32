#pragma once

#include <broker/broker.h>
#include <store/offset_store.h>

#include <string>
#include <vector>

#include <worker/herder.h>

#include "source_offsets.h"

namespace framespool::worker {

/// Whether the connector's config names the topic: a source's `topic`, a sink's `topics`.
bool NamesTopic(const ConnectorInfo& connector, const std::string& topic);

/// Deletes a topic that none of `connectors` names, and the positions in it: one of its name begins anew. Waits for the
/// broker and the store; `connectors` must stay as they are meanwhile, so it runs on the herder's thread.
Outcome<Done> RemoveTopic(const std::string& topic, const std::vector<ConnectorView>& connectors,
                          broker::Broker& broker, SourceOffsets& sources, store::OffsetStore& store);

}  // namespace framespool::worker
