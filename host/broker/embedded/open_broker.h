#pragma once

#include "broker_embedded/embedded_broker.h"
#include "file_ops.h"

namespace framespool::broker::embedded {

/// OpenEmbeddedBroker() on `files`, which outlives the broker. For tests.
std::unique_ptr<Broker> Open(const EmbeddedOptions& options, FileOps& files);

}  // namespace framespool::broker::embedded
