#pragma once

#include <string>
#include <vector>

#include <base/outcome.h>
#include <broker/broker.h>
#include <herder/herder.h>
#include <runtime/source_offsets.h>
#include <store/offset_store.h>

namespace framespool::herder {

/// Deletes a topic that none of `connectors` names, and the positions in it: one of its name begins anew. Waits for the
/// broker and the store; `connectors` must stay as they are meanwhile, so it runs on the herder's thread.
base::Outcome<void> RemoveTopic(const std::string& topic, const std::vector<runtime::ConnectorView>& connectors,
                                broker::Broker& broker, runtime::SourceOffsets& sources, store::OffsetStore& store);

}  // namespace framespool::herder
