#pragma once

#include <chrono>

#include <base/detached_calls.h>
#include <base/outcome.h>
#include <config/file_access.h>
#include <config/parts.h>

namespace framespool::herder {

/// Checks what of a connector's transforms, predicates and converters goes beyond each key by itself: where their paths
/// lead, the rules of their classes (a pattern, a date format), for which their libraries are opened, and what they see
/// only by looking outside (a file that is no picture), unless `may_look` is false; and `of_sink`, whether they may
/// stand there. Adds what it finds to `report`. The plugins' own code runs on a thread of its own, left behind when it
/// does not answer in `timeout`; refused then, or when a library cannot be used.
base::Outcome<void> CheckPartsWithPlugins(plugins::PluginRegistry& plugins, const config::Parts& parts, bool of_sink,
                                          const config::FileAccess& files, bool may_look, config::ConfigReport& report,
                                          std::chrono::milliseconds timeout, base::DetachedCalls::Call call);

}  // namespace framespool::herder
