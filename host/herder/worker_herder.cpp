#include "herder/worker_herder.h"

#include <future>
#include <utility>

#include <base/log.h>
#include <base/outcome.h>
#include <base/trace.h>
#include <config/config_warnings.h>
#include <config/connector_config.h>

#include "connector_offsets.h"
#include "standalone_herder.h"

namespace framespool::herder {

namespace {

constexpr std::string_view kLogger = "herder";

}  // namespace

base::Refusal NoSuchConnector(const std::string& name) { return {404, "Connector " + name + " not found"}; }

StandaloneHerder::StandaloneHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                                   broker::Broker& broker)
    : options_(std::move(options)),
      plugins_(plugins),
      store_(store),
      broker_(broker),
      health_(broker, store, plugins),
      offsets_(store, broker, options_.offset_flush_interval),
      active_topics_(store),
      admission_(plugins, broker, options_.check_timeout, options_.files),
      inspector_(broker, [this] { return herd_.Views(); }),
      launcher_(
          {.offset_flush_interval = options_.offset_flush_interval, .shutdown_timeout = options_.shutdown_timeout},
          plugins, store, broker, offsets_, active_topics_,
          [this](const std::string& connector, int task, runtime::State state, const std::string& trace) {
            inspector_.events().Add(connector, task, ToText(state), trace.substr(0, trace.find('\n')));
          },
          options_.files),
      probe_(options_.probe_timeout),
      checks_("checks"),
      queue_("herder") {}

void StandaloneHerder::Start(std::string worker_id, std::vector<config::NamedConfig> connectors) {
  herd_.SetWorkerId(std::move(worker_id));
  Post("the worker's command line", [this, connectors = std::move(connectors)] {
    try {
      CompareWithTopics();
      StartStored(connectors);
    } catch (...) {
      health_.Note({.subject = "worker",
                    .kind = "start-failed",
                    .message = "connectors could not be started: " + base::DescribeCurrentException()});
    }
    started_ = true;
  });
}

void StandaloneHerder::StartStored(const std::vector<config::NamedConfig>& connectors) {
  for (auto& stored : store_.Connectors()) {
    const std::string name = stored.name;
    try {
      HerdedConnector& connector = herd_.Put(std::move(stored));
      if (options_.safe)
        Hold(connector);
      else
        StartTasks(connector);
    } catch (...) {
      health_.Note({.subject = "connector " + name,
                    .kind = "start-failed",
                    .message = name + " could not be started: " + base::DescribeCurrentException()});
    }
  }
  if (options_.safe) {
    log::Warn(kLogger, "started with --safe: no connector runs until it is resumed, restarted or changed" +
                           std::string(connectors.empty() ? "" : "; the connector files named are left out"));
    return;
  }
  for (const config::NamedConfig& named : connectors) {
    const auto put = PutConfig(named.name, named.config);
    if (const auto* refusal = std::get_if<base::Refusal>(&put))
      log::Error(kLogger, named.name + ": not created: " + refusal->message);
  }
}

// Only a broker that lives beside the database loses its topics without it.
void StandaloneHerder::CompareWithTopics() {
  if (!broker_.KeepsCheckpoints()) return;
  for (Problem& problem :
       CompareStoreWithTopics(options_.data_dir, store_.created(), broker_.Topics(), offsets_.missing_topics())) {
    health_.Note(std::move(problem));
  }
}

std::vector<std::string> StandaloneHerder::Stop() {
  std::promise<std::vector<std::string>> left;
  Post("the worker", [this, &left] { left.set_value(StopAll()); });
  return left.get_future().get();
}

void StandaloneHerder::Post(std::string by, std::function<void()> work) {
  queue_.Post([this, by = std::move(by), work = std::move(work)] {
    by_ = by;
    work();
  });
}

WorkerInfo StandaloneHerder::Info() const {
  return {options_.version, options_.commit, broker_.ClusterId(), herd_.worker_id()};
}

Health StandaloneHerder::GetHealth() const {
  Health health{Health::Status::kHealthy, "Worker has completed startup and is ready to handle requests."};
  if (!started_) health = {Health::Status::kStarting, "Worker is still starting up."};
  if (stopping_) health = {Health::Status::kUnhealthy, "Worker is stopping."};
  return health_.Get(std::move(health), *herd_.Views());
}

std::vector<PluginInfo> StandaloneHerder::Plugins() const {
  std::vector<PluginInfo> plugins;
  for (const auto* plugin : plugins_.Classes())
    plugins.push_back({plugin->class_name, config::TypeOf(*plugin), plugin->version});
  return plugins;
}

base::Outcome<std::vector<config::ConfigReport::Key>> StandaloneHerder::PluginConfig(const std::string& name) const {
  const auto* plugin = plugins_.Find(name);
  if (plugin == nullptr) return base::Refusal{404, admission_.UnknownClass(name)};
  return config::KeysOf(*plugin);
}

std::string StandaloneHerder::PluginVersion(const std::string& name) const {
  const auto* plugin = plugins_.Find(name);
  return plugin == nullptr ? "" : plugin->version;
}

base::Outcome<config::ConfigReport> StandaloneHerder::Validate(const std::string& name, const RawConfig& config) const {
  const auto* plugin = plugins_.Find(name);
  if (plugin == nullptr) return base::Refusal{404, admission_.UnknownClass(name)};
  const auto given = config.find("connector.class");
  if (given == config.end())
    return base::Refusal{400, "The config contains no connector type; set connector.class to " + name};
  if (plugins_.Find(given->second) != plugin) {
    return base::Refusal{400, "Included connector type " + given->second + " does not match request type " + name};
  }
  return admission_.CheckConfig(*plugin, config);
}

std::vector<config::ConfigWarning> StandaloneHerder::Warnings(const RawConfig& config) const {
  const auto name = config.find("connector.class");
  const auto* plugin = name == config.end() ? nullptr : plugins_.Find(name->second);
  return plugin == nullptr ? std::vector<config::ConfigWarning>{} : config::UnknownKeysOf(*plugin, config);
}

inspect::WorkerReport StandaloneHerder::Report() const {
  inspect::WorkerReport report = inspector_.Report();
  report.data_dir = options_.data_dir;
  report.broker = options_.broker;
  report.sample_video = options_.sample_video;
  report.plugins_refused = plugins_.refusals();
  return report;
}

inspect::MetricsReport StandaloneHerder::Metrics(inspect::Resolution resolution, const std::string& connector) const {
  return inspector_.Metrics(resolution, connector);
}

base::Outcome<std::vector<OffsetEntry>> StandaloneHerder::Offsets(const std::string& name) {
  const auto info = Connector(name);
  if (!info) return NoSuchConnector(name);
  return OffsetsOf(*info, offsets_, store_);
}

base::Outcome<std::vector<HistoryEntry>> StandaloneHerder::History(const std::string& name, int most) {
  std::vector<HistoryEntry> entries;
  for (const auto& change : store_.History(name, most)) entries.push_back(FromStored(change));
  if (entries.empty() && !Connector(name)) return NoSuchConnector(name);
  return entries;
}

base::Outcome<inspect::ProbeReport> StandaloneHerder::Probe(const std::string& name, const RawConfig& config) {
  const auto* plugin = plugins_.Find(name);
  if (plugin == nullptr) return base::Refusal{404, admission_.UnknownClass(name)};
  if (config::TypeOf(*plugin) != config::ConnectorType::kSource)
    return base::Refusal{400, plugin->class_name + " is a sink: only a source has frames to show"};
  RawConfig named = config;
  named.try_emplace("name", "probe");
  if (auto refusal = admission_.Problem(*plugin, named, true)) return std::move(*refusal);
  return probe_.Look(plugins_.Open(*plugin), named);
}

std::vector<std::string> StandaloneHerder::StopAll() {
  stopping_ = true;
  probe_.Stop();
  std::vector<std::pair<std::string, std::shared_ptr<runtime::TaskRunner>>> tasks;
  for (const auto& [name, connector] : herd_.connectors()) {
    for (const auto& task : connector.tasks) tasks.emplace_back(name, task);
  }
  launcher_.StopAll(tasks);
  try {
    offsets_.Flush();
  } catch (...) {
    log::Error(kLogger, "source offsets could not be written; they are recovered from the topics at the next start: " +
                            base::DescribeCurrentException());
  }
  std::vector<std::string> left = launcher_.left_behind();
  if (admission_.running() > 0) left.emplace_back("a check of a config");
  if (probe_.running() > 0) left.emplace_back("a probe of a source");
  return left;
}

std::unique_ptr<WorkerHerder> MakeHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                                         broker::Broker& broker) {
  return std::make_unique<StandaloneHerder>(std::move(options), plugins, store, broker);
}

}  // namespace framespool::herder
