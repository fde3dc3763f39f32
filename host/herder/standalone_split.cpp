// How the work of a connector is split over its tasks, and what of them goes on when that changes.
#include <chrono>
#include <cstddef>
#include <set>
#include <utility>

#include <base/log.h>
#include <config/common_config.h>

#include "standalone_herder.h"

namespace framespool::herder {

void StandaloneHerder::StartRunner(HerdedConnector& connector) {
  const auto on_split = [this, name = connector.stored.name] {
    queue_.Post([this, name] {
      HerdedConnector* found = herd_.Find(name);
      if (!stopping_ && found != nullptr) TakeSplit(*found);
    });
  };
  auto runner = launcher_.StartConnector(connector.stored, *connector.plugin, on_split, connector.shares);
  herd_.Change([&] { connector.runner = std::move(runner); });
}

void StandaloneHerder::RestartRunner(HerdedConnector& connector) {
  if (!connector.runner) return;
  launcher_.Stop(connector.stored.name, {connector.runner});
  StartRunner(connector);
}

void StandaloneHerder::AwaitSplit(HerdedConnector& connector) {
  if (!connector.runner) return;
  connector.runner->AwaitAsked(std::chrono::steady_clock::now() + options_.check_timeout);
  TakeSplit(connector);
}

void StandaloneHerder::ShareAnew(HerdedConnector& connector, store::StoredConnector stored) {
  reload_.Forget(stored.name);
  herd_.Change([&] {
    connector.stored = std::move(stored);
    connector.resolved.reset();
  });
  RestartRunner(connector);
  AwaitSplit(connector);
  // What they do is not what the config says any more.
  if (!connector.runner->Latest()) Share(connector, {});
}

void StandaloneHerder::TakeSplit(HerdedConnector& connector) {
  if (!connector.runner) return;
  if (auto split = connector.runner->Latest()) Share(connector, *std::move(split));
}

void StandaloneHerder::Share(HerdedConnector& connector, std::vector<runtime::TaskShare> split) {
  const std::string& name = connector.stored.name;
  const auto& running = connector.begun_with;
  std::vector<RawConfig> configs;
  for (const runtime::TaskShare& share : split) {
    RawConfig& config = configs.emplace_back(config::WithoutTasksMax(connector.stored.config));
    for (const auto& [key, value] : share.config) config.insert_or_assign(key, value);
  }
  std::vector<runtime::TaskShare> shares;
  std::vector<RawConfig> wanted;
  for (const std::size_t place : runtime::ArrangedLike(running, configs)) {
    shares.push_back(std::move(split[place]));
    wanted.push_back(std::move(configs[place]));
  }
  std::set<std::size_t> starting;
  runtime::TaskLauncher::Tasks stopping;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i < running.size() && running[i] == wanted[i]) continue;
    starting.insert(i);
    if (i < running.size()) stopping.push_back(connector.tasks[i]);
  }
  for (std::size_t i = wanted.size(); i < running.size(); ++i) stopping.push_back(connector.tasks[i]);
  if (starting.empty() && stopping.empty()) return;
  if (!stopping.empty()) {
    log::Info("herder", name + ": its work is split anew: of " + std::to_string(running.size()) + " tasks " +
                            std::to_string(stopping.size()) + " end, " + std::to_string(starting.size()) + " begin");
  }
  // What one of them had may be another's now, so all have ended before one begins.
  launcher_.Stop(name, stopping);
  for (std::size_t i = wanted.size(); i < running.size(); ++i) {
    tell_(name, static_cast<int>(i), ToText(runtime::State::kStopped), "there is no work for it any more");
    store_.NoteStatus(name, static_cast<int>(i), std::string(ToText(runtime::State::kStopped)), "");
  }
  launcher_.Announce(connector.stored, *connector.plugin, {starting.begin(), starting.end()},
                     static_cast<int>(wanted.size()));
  runtime::TaskLauncher::Tasks tasks = connector.tasks;
  tasks.resize(wanted.size());
  for (const std::size_t i : starting) {
    if (i < running.size()) NoteRestart(name, static_cast<int>(i), "its share of the work has changed");
    tasks[i] = launcher_.Start(connector.stored, *connector.plugin, static_cast<int>(i), shares[i]);
  }
  herd_.Change([&] {
    for (const std::size_t i : starting) connector.restarts.erase(i);
    connector.restarts.erase(connector.restarts.lower_bound(wanted.size()), connector.restarts.end());
    connector.tasks = std::move(tasks);
    connector.shares = std::move(shares);
    connector.begun_with = std::move(wanted);
  });
}

}  // namespace framespool::herder
