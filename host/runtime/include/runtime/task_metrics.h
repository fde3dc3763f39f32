#pragma once

#include <vector>

#include <plugins/manifest.h>

namespace framespool::runtime {

/// What the tasks of a connector report: the metrics of the worker's own runners, then those that the class declares.
/// One that both have is the class's.
std::vector<MetricSpec> MetricsOf(const plugins::PluginClass& plugin);

}  // namespace framespool::runtime
