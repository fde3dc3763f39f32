#include "runtime/connector_runner.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

#include <base/log.h>
#include <runtime/broker_topics.h>

namespace framespool::runtime {

ConnectorRunner::ConnectorRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open,
                                 broker::Broker& broker, SplitListener on_split, std::vector<RawConfig> before)
    : TaskRunner(
          std::move(identity),
          [this, listener = std::move(listener)](State state, const std::string& trace, const std::string& reason) {
            if (state != State::kFailed) return;
            NoteAsked();
            listener(state, trace, reason);
          },
          std::move(config), std::move(open)),
      broker_(broker),
      on_split_(std::move(on_split)),
      before_(std::move(before)) {}

void ConnectorRunner::Execute(const plugins::Plugin& plugin, std::stop_token stop) {
  state().TakeUp();
  constexpr const char* kDoing = "splitting the work";
  if (!Persist(stop, kDoing, [&] { Ask(plugin); })) return;
  std::unique_ptr<ConnectorWatch> watch;
  if (!Persist(stop, "watching for other work", [&] {
        const auto inside = In("Watch()");
        watch = plugin.Watch(config(), *this);
      }))
    return;
  if (!watch) return;  // nobody will want another split
  while (AwaitRequest(stop)) {
    if (!Persist(stop, kDoing, [&] { Ask(plugin); })) return;
  }
}

void ConnectorRunner::Ask(const plugins::Plugin& plugin) {
  std::vector<RawConfig> configs;
  try {
    const auto inside = In("TaskConfigs()");
    configs = plugin.TaskConfigs(config(), *this, common().tasks_max);
  } catch (const RetriableError&) {
    NoteAsked();
    throw;
  }
  if (configs.size() > static_cast<std::size_t>(common().tasks_max)) {
    throw std::runtime_error(identity().connector_class + " split its work into " + std::to_string(configs.size()) +
                             " tasks, but was asked for at most " + std::to_string(common().tasks_max) +
                             " (tasks.max)");
  }
  std::vector<TaskShare> shares;
  for (RawConfig& each : configs) {
    TaskShare share{.config = std::move(each), .shown = {}};
    for (const auto& [key, value] : share.config) share.shown[key] = secrets().Hidden(value);
    shares.push_back(std::move(share));
  }
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = !latest_ || !std::equal(latest_->begin(), latest_->end(), shares.begin(), shares.end(), IsSame);
    if (is_new) latest_ = std::move(shares);
  }
  NoteAsked();
  if (is_new) gate().Pass([this] { on_split_(); });
}

bool ConnectorRunner::AwaitRequest(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [this] { return requested_ || raised_; });
  if (stop.stop_requested()) return false;
  if (raised_) std::rethrow_exception(raised_);
  requested_ = false;
  return true;
}

std::optional<std::vector<TaskShare>> ConnectorRunner::Latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

void ConnectorRunner::AwaitAsked(std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [this] { return asked_; });
}

void ConnectorRunner::NoteAsked() {
  {
    const std::lock_guard lock(mutex_);
    asked_ = true;
  }
  changed_.notify_all();
}

void ConnectorRunner::Log(LogLevel level, std::string_view message) { log::Write(level, identity().logger(), message); }

std::vector<RawConfig> ConnectorRunner::LastSplit() const {
  const auto latest = Latest();
  return latest ? ConfigsOf(*latest) : before_;
}

std::map<std::string, std::int32_t> ConnectorRunner::Topics() { return TopicsForPatterns(broker_); }

std::int32_t ConnectorRunner::Partitions(const std::string& topic) { return PartitionsOf(broker_, topic); }

void ConnectorRunner::RequestTaskReconfiguration() {
  {
    const std::lock_guard lock(mutex_);
    requested_ = true;
  }
  changed_.notify_all();
}

void ConnectorRunner::RaiseError(std::string_view why) {
  {
    const std::lock_guard lock(mutex_);
    if (!raised_) raised_ = std::make_exception_ptr(std::runtime_error(std::string(why)));
  }
  changed_.notify_all();
}

}  // namespace framespool::runtime
