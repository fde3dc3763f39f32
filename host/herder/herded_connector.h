#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <plugins/plugin_registry.h>
#include <runtime/connector_runner.h>
#include <runtime/task_runner.h>
#include <runtime/task_share.h>
#include <store/config_store.h>

#include "task_restarts.h"

namespace framespool::herder {

/// One connector as the herder has it: what was asked for, and the tasks that run for it. Guarded by the herder's lock,
/// but for the tasks themselves.
struct HerdedConnector {
  store::StoredConnector stored;
  const plugins::PluginClass* plugin = nullptr;  // null: the class is not known (any more)
  runtime::State state = runtime::State::kUnassigned;
  std::string trace;
  std::vector<Problem> problems = {};  // the same for programs
  std::optional<RawConfig> resolved =
      {};             // its config with what providers say, as far as that was asked; nothing: as stored
  bool held = false;  // by a start with --safe: its target state waits until somebody asks for it
  std::shared_ptr<runtime::ConnectorRunner> runner;  // asks how the work is split, where the class does that
  std::vector<std::shared_ptr<runtime::TaskRunner>> tasks;
  std::vector<runtime::TaskShare> shares;  // of each task
  std::vector<RawConfig> begun_with;       // its config, as far as it makes it another task
  /// Where workers share their tasks: of each task that does not run here (null in `tasks`) how it is.
  std::vector<runtime::TaskStatus> elsewhere = {};
  std::string worker_id = {};                    // that answers for the connector; empty: this one
  std::map<std::size_t, TaskRestarts> restarts;  // by task, of those that restart.policy has restarted or will

  /// The last view handed out, and the revision of the tasks that it shows. The herd drops it at each change.
  struct Latest {
    runtime::ConnectorView view;
    std::uint64_t revision = 0;
  };
  mutable Latest latest = {};
};

/// For who looks at topics and places; shown to nobody.
inline const RawConfig& ResolvedConfigOf(const HerdedConnector& connector) {
  return connector.resolved ? *connector.resolved : connector.stored.config;
}

/// What one that is to be like that is.
runtime::State StateFor(store::TargetState target);
/// FAILED as well where its work cannot be split any more, whatever its tasks do.
runtime::State StateOf(const HerdedConnector& connector);
runtime::ConnectorInfo InfoOf(const HerdedConnector& connector);
runtime::ConnectorStatus StatusOf(const HerdedConnector& connector, const std::string& worker_id);
/// Grows whenever one of the tasks has changed.
std::uint64_t RevisionOf(const HerdedConnector& connector);
runtime::ConnectorView ViewOf(const HerdedConnector& connector, const std::string& worker_id);

}  // namespace framespool::herder
