#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "framespool/histogram.h"
#include "latency_log.h"

namespace framespool::mjpeg {

/// A sum that one thread adds to and any thread reads: no locked instruction for each frame of each viewer.
class OneWriterSum {
 public:
  void Add(std::int64_t more) { sum_.store(load() + more, std::memory_order_relaxed); }
  std::int64_t load() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> sum_{0};
};

/// What one sink has done so far. Written by its io and feeder threads, read by its desk for the metrics.
struct SinkCounters {
  OneWriterSum frames_sent;  // this and the next two: the io thread's
  OneWriterSum bytes_sent;
  OneWriterSum frames_skipped;  // whole frames a slow viewer did not get
  std::atomic<std::int64_t> viewers{0};
  std::atomic<std::int64_t> video_viewers{0};    // of these, at /video
  std::atomic<std::int64_t> viewers_stalled{0};  // dropped after stall.timeout.ms
  std::atomic<std::int64_t> viewers_refused{0};  // over viewers.max
  std::atomic<std::int64_t> records_not_images{0};
  LatencyLog latency;  // the io thread's own
  /// From when a frame was taken to when a live viewer's connection had all of it; recorded to by the io thread alone.
  std::shared_ptr<Histogram> capture_to_viewer = std::make_shared<Histogram>();
};

}  // namespace framespool::mjpeg
