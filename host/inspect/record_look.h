#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <base/outcome.h>
#include <broker/broker.h>
#include <inspect/inspection.h>

namespace framespool::inspect {

/// How far a look into a partition goes.
struct RecordLimits {
  std::int64_t records = 10'000;  // that are looked at for a key
  std::chrono::milliseconds time{3000};
  std::size_t room_for_values = 16 << 20;
  std::size_t beginning = 1 << 10;  // bytes of a value that is not told whole
};

/// The records that `query` wants. A topic or a partition that there is not is refused, and not made. Waits for the
/// broker; throws what that throws.
base::Outcome<RecordReport> LookAtRecords(broker::Broker& broker, const RecordQuery& query, const RecordLimits& limits);

}  // namespace framespool::inspect
