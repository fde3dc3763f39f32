#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <base/outcome.h>
#include <cluster/view.h>
#include <framespool/config_def.h>
#include <store/config_store.h>

/// A change of what should run, as it travels from the worker that was asked to the leader. It is data, so that it
/// outlives both.
namespace framespool::cluster {

/// How its plugin splits the work of a new config, as the worker has found that was asked for the change: it has the
/// plugin, and the leader need not. Nothing: the leader is to find it out.
using FirstSplit = std::optional<std::vector<RawConfig>>;

struct CreateConnector {
  store::StoredConnector connector;
  FirstSplit split{};
};
struct PutConfig {  // creates it where it is not there
  std::string name;
  RawConfig config;
  FirstSplit split{};
};
struct PatchConfig {
  std::string name;
  std::map<std::string, std::optional<std::string>> changes;  // nullopt takes a key out
};
struct DeleteConnector {
  std::string name;
};
struct SetTarget {
  std::string name;
  store::TargetState target = store::TargetState::kRunning;
};
struct RestartTasks {
  std::string name;
  std::vector<int> tasks;
  bool connector = false;  // also what is no task: where it has ended workers, it gets another chance
};
/// How the work of a connector is split, as its plugin says on one of the workers.
struct SplitWork {
  std::string name;
  std::uint64_t revision = 0;  // of the config that the plugin was asked with; a split by a former one is refused
  std::vector<RawConfig> shares;
};
using Action =
    std::variant<CreateConnector, PutConfig, PatchConfig, DeleteConnector, SetTarget, RestartTasks, SplitWork>;

/// Whoever sends it may send it again until its patience is over, and waits for the answer in its view of the state
/// topic. Only an answer says what came of it: who has waited in vain does not know whether it was, or will be, done.
struct Request {
  std::string id;  // of this change and no other: sent twice, it is carried out once
  std::string by;
  std::chrono::milliseconds patience{};  // longer than that after it was appended it is refused, not carried out
  std::optional<std::string> if_match;   // the tag that the connector's config must have
  Action action;
};

/// As the requests topic has it.
struct LoggedRequest {
  std::int64_t offset = 0;
  std::int64_t appended = 0;  // milliseconds since 1970, by the log
  Request request;
};

/// What the host says about configs.
struct ConfigRules {
  /// Why a connector may not be as it is to become; nullopt: it may.
  std::function<std::optional<base::Refusal>(const store::StoredConnector&)> refuses;
  /// The tag of a config, for If-Match.
  std::function<std::string(const RawConfig&)> tag;
  /// How a connector's work is split before its plugin has been asked. Empty: it has no task until then.
  std::function<std::vector<RawConfig>(const RawConfig&)> first_split;
};

/// Carries out `request` on `state` and appends what it has changed to `changes`; refused, it changes nothing.
/// Kind "precondition-failed": if_match is not the config's tag.
base::Outcome<void> CarryOut(const LoggedRequest& request, const ConfigRules& rules, View& state, Transaction& changes);

}  // namespace framespool::cluster
