#pragma once

#include <base/meters.h>

namespace framespool::inspect {

/// The file system that a worker's data is on, as it was at the last look, in bytes. One thread looks, any reads.
struct DiskSpace {
  base::Gauge size;  // 0: not looked yet
  base::Gauge available;
};

}  // namespace framespool::inspect
