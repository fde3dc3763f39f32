#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <config/config_providers.h>

namespace framespool::herder {

/// Looks again and again whether what config providers say is still what tasks were started with
/// (config.action.reload = restart). It asks the providers themselves, so a file may be replaced, linked elsewhere or
/// written in place. A change counts when two looks in a row find the same: a file may be looked at while it is
/// written. What cannot be read any more is no change. Owned by the herder; its thread, "reload", begins with the first
/// connector to watch.
class ReloadWatch {
 public:
  /// Is told, on the "reload" thread and without a lock, of the variables that have changed. The connector is watched
  /// no longer then.
  using Listener = std::function<void(const std::string& connector, const std::set<config::Variable>& changed)>;

  ReloadWatch(config::ConfigProviders providers, std::chrono::milliseconds pause, Listener listener);
  ReloadWatch(const ReloadWatch&) = delete;
  ReloadWatch& operator=(const ReloadWatch&) = delete;
  ~ReloadWatch() { Stop(); }

  // Any thread.
  /// `values` are what the connector's tasks were started with; in place of those of an earlier call.
  void Watch(const std::string& connector, const config::VariableValues& values);
  void Forget(const std::string& connector);
  /// Nothing is watched afterwards, and the listener is not called any more.
  void Stop();

 private:
  using Values = std::map<config::Variable, std::optional<std::string>>;
  struct Watched {
    Values begun_with;
    Values last_changes{};  // that the last look has found
  };
  using Place = std::pair<std::string, std::string>;  // provider and path

  void Run(const std::stop_token& stop);
  void Look(const std::stop_token& stop);
  std::set<config::Variable> Wanted();
  void Compare(const config::VariableValues& found);

  const config::ConfigProviders providers_;
  const std::chrono::milliseconds pause_;
  const Listener listener_;
  std::map<Place, std::unique_ptr<config::ConfigProviders::Lookup>> under_way_;  // of the thread
  std::mutex mutex_;
  std::map<std::string, Watched> watched_;
  bool stopped_ = false;
  std::jthread thread_;
};

}  // namespace framespool::herder
