#pragma once

#include <broker/broker.h>

#include <memory>
#include <vector>

namespace framespool::broker {

/// What the broker tells of source offsets before it returns: all, where only this worker writes.
inline std::vector<SourceOffset> RecoveredOffsets(Broker& broker, const Checkpoint& since = {}) {
  const auto offsets = std::make_shared<std::vector<SourceOffset>>();
  broker.RecoverSourceOffsets(since, [offsets](auto found) { offsets->assign(found.begin(), found.end()); });
  return *offsets;
}

}  // namespace framespool::broker
