#pragma once

#include "broker_embedded/embedded_broker.h"
#include "file_ops.h"

namespace framespool::broker::embedded {

/// OpenEmbeddedBroker() on `files`, which outlives the broker. For tests.
std::unique_ptr<Broker> Open(const EmbeddedOptions& options, FileOps& files);

/// The log directory, locked while the file is open: two in one would write over each other. Created where it is
/// missing. Throws BrokerError, also when another process has it.
File LockDirectory(const std::filesystem::path& directory);

}  // namespace framespool::broker::embedded
