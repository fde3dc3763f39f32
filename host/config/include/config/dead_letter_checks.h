#pragma once

#include <vector>

#include <config/config_report.h>

namespace framespool::config {

// What a sink's config says of its dead letters (errors.deadletterqueue.*), beyond what each key says by itself. No
// I/O.

/// What cannot be: a name of nothing but white space, a number of 0, a topic that the sink reads.
std::vector<Problem> DeadLetterProblems(const RawConfig& config);

/// What has no effect: a topic that gets nothing, a threshold that is never passed. Nothing is said of a key whose
/// value a config provider has to say.
std::vector<ConfigWarning> DeadLetterWarnings(const RawConfig& config);

}  // namespace framespool::config
