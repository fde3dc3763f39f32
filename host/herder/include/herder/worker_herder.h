#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <base/crash_recorder.h>
#include <broker/broker.h>
#include <broker/state_topics.h>
#include <config/config_providers.h>
#include <config/file_access.h>
#include <config/listening.h>
#include <config/properties.h>
#include <herder/herder.h>
#include <plugins/plugin_registry.h>
#include <store/store.h>

namespace framespool::herder {

/// What has ended the worker before this one, which was started in its place.
struct Crash {
  int signal = 0;
  bool out_of_memory = false;                 // the kernel sent it, because memory was short
  std::optional<base::CrashReport> report{};  // nothing: the signal left no time for one, or nobody wrote it
};

/// Of workers that share their connectors: what all of them have in common, and who this one is.
struct ClusterSetup {
  std::string group;
  std::string worker_id;            // no other has it
  broker::StateTopicSpec state;     // config.storage.topic
  broker::StateTopicSpec requests;  // how changes come to the worker that leads
  broker::StateTopicSpec told;      // framespool.storage.topic
  broker::StateTopicSpec status;    // status.storage.topic
  std::string store_writer;         // the transactional.id of a worker's store, without its worker.id
  std::chrono::milliseconds session_timeout{10000};
  std::chrono::milliseconds heartbeat_interval{3000};
  std::chrono::milliseconds return_delay{0};
  std::chrono::milliseconds return_grace{0};    // its tasks wait so long for it when it is stopped
  std::map<std::string, std::string> labels{};  // worker.labels
  std::string ended_session{};                  // of the process before this one, where its parent has seen it end
  std::function<void(const std::string&)> note_session{};  // keeps this one's for the next process; must not wait
};

struct HerderOptions {
  std::string version;
  std::string commit;
  std::string data_dir;                             // for messages
  config::FileAccess files;                         // what connectors may open
  config::Listening listening{};                    // where they may listen, and who is asked there
  std::string override_policy = "All";              // connector.client.config.override.policy: All, Principal or None
  RawConfig converters{};                           // the worker's own, of connectors that name none
  config::ConfigProviders providers{};              // of values in connectors' configs
  std::chrono::milliseconds reload_interval{2000};  // between two looks whether what they say has changed
  std::optional<Crash> crash{};                     // the connector that it was of is FAILED until it is asked for
  std::function<void()> on_guilty = [] {};          // that one has been found; on the herder's thread
  std::filesystem::path quarantine{};               // the file that keeps that over the worker's end; empty: none
  bool safe = false;                                // no connector runs until somebody asks for it
  std::chrono::milliseconds offset_flush_interval{60000};
  std::chrono::milliseconds shutdown_timeout{5000};
  std::chrono::milliseconds stall_timeout{60000};  // of connectors that say nothing of it; 0: none
  std::chrono::milliseconds check_timeout{10000};  // for a connector's Check()
  std::optional<ClusterSetup> cluster{};           // nothing: this worker is alone
  /// What GET /health is to say besides. Any thread, never waits.
  std::function<std::vector<base::StandingProblem>()> other_problems = [] {
    return std::vector<base::StandingProblem>();
  };
};

/// The herder of one worker. Everything passed in outlives it.
class WorkerHerder : public Herder {
 public:
  /// With HerderOptions::safe every stored connector is there and UNASSIGNED, whatever its target state, until it is
  /// resumed, restarted or given another config; `connectors` are left alone. Otherwise:
  /// Brings every stored connector back to its target state on the herder's thread, and after them those of
  /// `connectors`, which are created or changed as PUT does; health is "starting" until then.
  /// `worker_id` is what status answers call this worker.
  virtual void Start(std::string worker_id, std::vector<config::NamedConfig> connectors) = 0;
  /// Stops all tasks and writes all offsets. Afterwards every change is Reason::kUnavailable. Returns the connectors
  /// whose tasks did not stop in time, and what else has not come back from a plugin: those threads still run, so the
  /// process must end without destroying what they use.
  virtual std::vector<std::string> Stop() = 0;
};

/// Is told what happens to connectors (task -1) and to their tasks; on any thread, without a lock.
using EventListener =
    std::function<void(const std::string& connector, int task, std::string_view state, const std::string& message)>;

std::unique_ptr<WorkerHerder> MakeHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                                         broker::Broker& broker, EventListener tell = {});

}  // namespace framespool::herder
