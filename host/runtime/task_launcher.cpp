#include "runtime/task_launcher.h"

#include <utility>

#include <base/log.h>
#include <config/connector_config.h>
#include <config/parts.h>
#include <config/passwords.h>

#include "partition_shares.h"
#include "producer_fence.h"
#include "sink_runner.h"
#include "source_runner.h"
#include "view_runner.h"

namespace framespool::runtime {

namespace {

constexpr std::chrono::seconds kPatienceWithProviders{5};

RawConfig With(RawConfig config, const RawConfig& share) {
  for (const auto& [key, value] : share) config.insert_or_assign(key, value);
  return config;
}

}  // namespace

void TaskLauncher::Announce(const store::StoredConnector& connector, const plugins::PluginClass& plugin,
                            const std::set<int>& starting, int tasks, bool shared) {
  if (plugin.kind == PluginKind::kSink) {
    const auto count = static_cast<std::size_t>(tasks);
    return shared ? SharesOf(connector.name)->SetTasksEverywhere(count) : SharesOf(connector.name)->SetTasks(count);
  }
  const broker::Capabilities can = broker_.capabilities();
  if (!can.transactions || !can.exactly_once || config::TypeOf(plugin) != config::ConnectorType::kSource) return;
  auto& fence = fences_[connector.name];
  if (!fence) fence = std::make_shared<ProducerFence>(connector.name, broker_, store_);
  fence->Demand(starting, tasks);
}

std::shared_ptr<TaskRunner> TaskLauncher::Start(const store::StoredConnector& connector,
                                                const plugins::PluginClass& plugin, int task, const TaskShare& share,
                                                const TaskTerms& terms) {
  TaskIdentity identity{.connector = connector.name,
                        .task = task,
                        .connector_class = plugin.class_name,
                        .access = listening_.gate(),
                        .tls = listening_.tls()};
  starts_.attempts.Add();
  auto listener = [this, name = connector.name, task, epoch = terms.epoch, permit = terms.permit, is_starting = true](
                      State state, const std::string& trace, const std::string& reason) mutable {
    const bool has_begun = state != State::kUnassigned;  // else it is stalled
    if (has_begun && std::exchange(is_starting, false))
      (state == State::kFailed ? starts_.failed : starts_.succeeded).Add();
    // What it was when it was another's by then is nobody's to know.
    if (!permit || permit() == EffectGate::Permit::kYes)
      store_.NoteStatus(name, task, std::string(ToText(state)), trace,
                        epoch ? std::optional(static_cast<std::int32_t>(epoch->load())) : std::nullopt);
    listener_(name, task, state, reason);
  };
  const RawConfig written = With(connector.config, share.config);
  auto resolved = std::make_shared<RawConfig>(written);
  auto open = OpenerOf(plugin, resolved);
  const RawConfig config = config::WithConverters(written, converters_);
  std::shared_ptr<TaskRunner> runner;
  if (config::TypeOf(plugin) == config::ConnectorType::kSource) {
    runner = std::make_shared<SourceRunner>(std::move(identity), std::move(listener), config, std::move(open), broker_,
                                            offsets_, &plugins_);
  } else if (plugin.kind == PluginKind::kView) {
    runner = std::make_shared<ViewRunner>(std::move(identity), std::move(listener), config, std::move(open), broker_,
                                          store_, &plugins_);
  } else {
    runner = std::make_shared<SinkRunner>(std::move(identity), std::move(listener), config, std::move(open), broker_,
                                          store_, times_.offset_flush_interval, &plugins_, SharesOf(connector.name));
  }
  runner->ResolveWith(ResolverOf(connector, share.config, std::move(resolved)));
  const auto fence = fences_.find(connector.name);
  if (fence != fences_.end() || terms.before) {
    runner->BeginBehind(
        [fence = fence == fences_.end() ? nullptr : fence->second, before = terms.before](const std::stop_token& stop) {
          if (before) before();
          if (fence) fence->Pass(stop);
        });
  }
  if (terms.permit) runner->PermitBy(terms.permit);
  runner->OnTopicUsed([this, name = connector.name](const std::string& topic) { topics_.Note(name, topic); });
  runner->StallAfter(times_.stall_timeout);
  stalls_.Add(runner);
  const auto before = left_behind_.find(connector.name);
  runner->Start(connector.target == store::TargetState::kPaused,
                before == left_behind_.end() ? Tasks{} : before->second);
  return runner;
}

std::shared_ptr<PartitionShares> TaskLauncher::SharesOf(const std::string& sink) {
  auto& shares = partition_shares_[sink];
  if (!shares) shares = std::make_shared<PartitionShares>();
  return shares;
}

std::shared_ptr<ConnectorRunner> TaskLauncher::StartConnector(const store::StoredConnector& connector,
                                                              const plugins::PluginClass& plugin,
                                                              ConnectorRunner::SplitListener on_split,
                                                              const std::vector<TaskShare>& before) {
  auto listener = [this, name = connector.name](State state, const std::string& /*trace*/, const std::string& reason) {
    listener_(name, TaskIdentity::kNoTask, state, reason);
  };
  auto resolved = std::make_shared<RawConfig>(connector.config);
  auto runner = std::make_shared<ConnectorRunner>(
      TaskIdentity{.connector = connector.name, .task = TaskIdentity::kNoTask, .connector_class = plugin.class_name},
      std::move(listener), connector.config, OpenerOf(plugin, resolved), broker_, std::move(on_split),
      ConfigsOf(before));
  runner->ResolveWith(ResolverOf(connector, {}, std::move(resolved)));
  runner->StallAfter(times_.stall_timeout);
  stalls_.Add(runner);
  runner->Start(false);
  return runner;
}

TaskRunner::Opener TaskLauncher::OpenerOf(const plugins::PluginClass& plugin,
                                          std::shared_ptr<const RawConfig> resolved) const {
  // On the task's thread. A link may lead elsewhere than it did when the connector was created.
  return [files = files_, listening = listening_, &plugins = plugins_, &plugin,
          resolved = std::move(resolved)]() -> plugins::Plugin {
    files.Require(plugin.fields, *resolved);
    listening.Require(plugin.fields, *resolved);
    const config::Parts parts = config::PartsOf(*resolved, plugins);
    for (const config::Part* part : parts.All()) files.Require(part->plugin->fields, part->config);
    return plugins.Open(plugin);
  };
}

TaskRunner::Resolver TaskLauncher::ResolverOf(const store::StoredConnector& connector, const RawConfig& share,
                                              std::shared_ptr<RawConfig> resolved) const {
  using Lookup = config::ConfigProviders::Lookup;
  // Over the tries of one task it is one question: each would leave a thread at a dead mount.
  return [this, connector, share, resolved = std::move(resolved), providers = providers_,
          lookup = std::shared_ptr<Lookup>()](const std::stop_token& stop) mutable {
    if (!lookup) lookup = std::make_shared<Lookup>(providers, config::ConfigProviders::VariablesOf(connector.config));
    if (!lookup->AwaitUntil(std::chrono::steady_clock::now() + kPatienceWithProviders, stop))
      throw RetriableError("a config provider does not answer; is it on a mount that does not?");
    config::Resolution resolution = providers.With(connector.config, std::exchange(lookup, nullptr)->Take());
    if (resolution_listener_) resolution_listener_(connector, resolution);
    if (!resolution.problems.empty()) {
      std::vector<Problem> problems;
      for (const auto& [key, problem] : resolution.problems) problems.push_back(problem);
      if (resolution.is_retriable) throw RetriableError(std::move(problems));
      throw ConfigError(std::move(problems));
    }
    resolution.config = With(std::move(resolution.config), share);
    resolution.secrets = resolution.secrets.With(base::Secrets(config::PasswordsOf(resolution.config, plugins_)));
    *resolved = resolution.config;
    resolution.config = config::WithConverters(std::move(resolution.config), converters_);
    return resolution;
  };
}

void TaskLauncher::Stop(const std::string& connector, const Tasks& tasks) {
  std::vector<std::pair<std::string, std::shared_ptr<TaskRunner>>> named;
  for (const auto& task : tasks) named.emplace_back(connector, task);
  StopAll(named);
}

void TaskLauncher::StopAll(const std::vector<std::pair<std::string, std::shared_ptr<TaskRunner>>>& tasks) {
  for (const auto& [connector, task] : tasks) task->RequestStop();
  const auto deadline = std::chrono::steady_clock::now() + times_.shutdown_timeout;
  for (const auto& [connector, task] : tasks) AwaitEnd(connector, task, deadline);
}

void TaskLauncher::AwaitEnd(const std::string& connector, const std::shared_ptr<TaskRunner>& task,
                            std::chrono::steady_clock::time_point deadline) {
  if (task->AwaitEnd(deadline)) return;
  task->Abandon();
  const log::OnBehalf owner(connector);
  left_behind_[connector].push_back(task);
  log::Error("herder", connector + ": a task did not stop within task.shutdown.graceful.timeout.ms (" +
                           std::to_string(times_.shutdown_timeout.count()) + " ms) and is left behind in its plugin");
}

std::vector<std::string> TaskLauncher::left_behind() const {
  std::vector<std::string> connectors;
  for (const auto& [connector, tasks] : left_behind_) connectors.push_back(connector);
  return connectors;
}

}  // namespace framespool::runtime
