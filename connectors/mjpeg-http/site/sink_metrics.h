#pragma once

#include <vector>

#include "framespool/metrics.h"

namespace framespool::mjpeg {

inline constexpr const char* kCaptureToViewer = "capture_to_viewer_seconds";

/// What a sink's task reports; status_page.h has the values.
const std::vector<MetricSpec>& SinkMetrics();

}  // namespace framespool::mjpeg
