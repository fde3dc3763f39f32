#pragma once

#include <vector>

#include "framespool/metrics.h"

namespace framespool::mjpeg {

/// What a sink's task reports; status_page.h has the values.
const std::vector<MetricSpec>& SinkMetrics();

}  // namespace framespool::mjpeg
