#pragma once

#include <atomic>
#include <cstdint>

#include "latency_log.h"

namespace framespool::mjpeg {

/// What one sink has done so far. Written by its io and feeder threads, read by its desk for the metrics.
struct SinkCounters {
  std::atomic<std::int64_t> viewers{0};
  std::atomic<std::int64_t> frames_sent{0};
  std::atomic<std::int64_t> frames_skipped{0};  // whole frames a slow viewer did not get
  std::atomic<std::int64_t> bytes_sent{0};
  std::atomic<std::int64_t> viewers_stalled{0};  // dropped after stall.timeout.ms
  std::atomic<std::int64_t> viewers_refused{0};  // over viewers.max
  std::atomic<std::int64_t> records_not_images{0};
  LatencyLog latency;  // the io thread's own
};

}  // namespace framespool::mjpeg
