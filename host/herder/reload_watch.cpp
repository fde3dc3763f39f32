#include "reload_watch.h"

#include <base/log.h>
#include <base/trace.h>
#include <base/waiting.h>

namespace framespool::herder {

ReloadWatch::ReloadWatch(config::ConfigProviders providers, std::chrono::milliseconds pause, Listener listener)
    : providers_(std::move(providers)), pause_(pause), listener_(std::move(listener)) {}

void ReloadWatch::Watch(const std::string& connector, const config::VariableValues& values) {
  Watched watched;
  for (const auto& [variable, found] : values) watched.begun_with[variable] = found.value;
  const std::lock_guard lock(mutex_);
  if (stopped_ || values.empty()) return;
  watched_.insert_or_assign(connector, std::move(watched));
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void ReloadWatch::Forget(const std::string& connector) {
  const std::lock_guard lock(mutex_);
  watched_.erase(connector);
}

void ReloadWatch::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    watched_.clear();
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void ReloadWatch::Run(const std::stop_token& stop) {
  log::NameThread("reload");
  while (!base::WaitForStop(stop, pause_)) {
    try {
      Look(stop);
    } catch (...) {
      log::Warn("herder", "config providers could not be asked: " + base::DescribeCurrentException());
    }
  }
}

std::set<config::Variable> ReloadWatch::Wanted() {
  const std::lock_guard lock(mutex_);
  std::set<config::Variable> wanted;
  for (const auto& [name, watched] : watched_) {
    for (const auto& [variable, value] : watched.begun_with) wanted.insert(variable);
  }
  return wanted;
}

void ReloadWatch::Look(const std::stop_token& stop) {
  std::map<Place, std::set<config::Variable>> places;
  for (const config::Variable& variable : Wanted()) places[{variable.provider, variable.path}].insert(variable);
  // A place that has not answered is not asked again until it has; the others do not wait for it.
  for (const auto& [place, variables] : places) {
    auto& lookup = under_way_[place];
    if (!lookup) lookup = std::make_unique<config::ConfigProviders::Lookup>(providers_, variables);
  }
  const auto deadline = std::chrono::steady_clock::now() + pause_;
  config::VariableValues found;
  for (auto& [place, lookup] : under_way_) {
    if (!lookup || !lookup->AwaitUntil(deadline, stop)) continue;
    found.merge(lookup->Take());
    lookup.reset();
  }
  std::erase_if(under_way_, [](const auto& each) { return each.second == nullptr; });
  if (!stop.stop_requested()) Compare(found);
}

void ReloadWatch::Compare(const config::VariableValues& found) {
  std::map<std::string, std::set<config::Variable>> fired;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [name, watched] : watched_) {
      Values changes;
      bool is_seen = false;
      for (const auto& [variable, begun_with] : watched.begun_with) {
        const auto now = found.find(variable);
        if (now == found.end()) continue;
        is_seen = true;
        if (now->second.value && now->second.value != begun_with) changes[variable] = now->second.value;
      }
      if (!is_seen) continue;
      if (!changes.empty() && changes == watched.last_changes) {
        for (const auto& [variable, value] : changes) fired[name].insert(variable);
      }
      watched.last_changes = std::move(changes);
    }
    for (const auto& [name, variables] : fired) watched_.erase(name);
  }
  for (const auto& [name, variables] : fired) listener_(name, variables);
}

}  // namespace framespool::herder
