#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <base/detached_calls.h>
#include <base/outcome.h>
#include <base/secrets.h>
#include <base/work_queue.h>
#include <broker/broker.h>
#include <inspect/inspection.h>
#include <plugins/plugin.h>
#include <plugins/plugin_registry.h>

namespace framespool::inspect {

/// Reads the first frames of a source that does not run: it is opened with a config, polled and closed again. Nothing
/// is written, no stored offset is seen, no record acknowledged. Its transforms are tried out on the first records. One
/// at a time. Owned by the inspector.
class SourceProbe {
 public:
  /// `patience`: how long a source may take in all, from its construction on. `broker` is for sources that read topics,
  /// `plugins` has what a config names as transforms and converters; null where that is not looked at.
  SourceProbe(std::chrono::milliseconds patience, broker::Broker& broker, plugins::PluginRegistry* plugins = nullptr)
      : patience_(patience), broker_(broker), plugins_(plugins) {}

  /// Runs `work` on the "probe" thread, in order of posting.
  void Post(std::function<void()> work) { queue_.Post(std::move(work)); }

  /// On the "probe" thread. The source has a thread of its own, which is left behind when it does not come back in
  /// time. No text of what is returned, and no line of the log, shows one of `secrets`.
  base::Outcome<ProbeReport> Look(const plugins::Plugin& plugin, const RawConfig& config,
                                  const base::Secrets& secrets = {});

  /// Ends the one under way, and each that is tried afterwards.
  void Stop() { stop_.request_stop(); }
  /// How many sources have not come back. Any thread.
  int running() const { return calls_.running(); }

 private:
  base::Outcome<ProbeReport> LookUnguarded(const plugins::Plugin& plugin, const RawConfig& config,
                                           std::shared_ptr<const void> hidden_in_log);

  const std::chrono::milliseconds patience_;
  broker::Broker& broker_;
  plugins::PluginRegistry* const plugins_;
  std::stop_source stop_;
  const base::DetachedCalls calls_;
  base::WorkQueue queue_{"probe"};  // last: its thread uses all of the above
};

}  // namespace framespool::inspect
