#include "task_split.h"

#include <base/log.h>
#include <base/waiting.h>

#include <stdexcept>
#include <utility>

namespace framespool::runtime {

namespace {

constexpr int kMostTasks = 1;
// A split that may succeed later is asked for again after this.
constexpr std::chrono::seconds kBetweenTries{1};

}  // namespace

TaskSplit::TaskSplit(plugins::Plugin plugin, const TaskIdentity& identity, const RawConfig& config)
    : plugin_(std::move(plugin)), identity_(identity), config_(config) {}

TaskSplit::~TaskSplit() {
  // Nobody asks for a split any more, then nobody answers.
  watch_.reset();
  thread_.request_stop();
}

void TaskSplit::Begin() {
  auto config = Ask();
  {
    const std::lock_guard lock(mutex_);
    current_ = std::move(config);
  }
  if (!thread_.joinable()) thread_ = std::jthread([this](const std::stop_token& stop) { AskWheneverRequested(stop); });
  if (!watch_) watch_ = plugin_.Watch(config_, *this);
}

std::optional<RawConfig> TaskSplit::Next(const std::stop_source& round) {
  const std::lock_guard lock(mutex_);
  if (error_) std::rethrow_exception(error_);
  round_ = round;
  return current_;
}

std::optional<RawConfig> TaskSplit::Ask() {
  const std::vector<RawConfig> configs = plugin_.TaskConfigs(config_, *this, kMostTasks);
  if (configs.empty()) return std::nullopt;
  if (configs.size() > kMostTasks) {
    throw std::runtime_error(identity_.connector_class + " split its work into " + std::to_string(configs.size()) +
                             " tasks, but was asked for at most " + std::to_string(kMostTasks));
  }
  RawConfig config = config_;
  for (const auto& [key, value] : configs.front()) config.insert_or_assign(key, value);
  return config;
}

void TaskSplit::AskWheneverRequested(const std::stop_token& stop) {
  log::NameThread("split");
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!requested_changed_.wait(lock, stop, [this] { return requested_; })) return;
      requested_ = false;
    }
    try {
      auto config = Ask();
      std::stop_source round{std::nostopstate};
      {
        const std::lock_guard lock(mutex_);
        if (config == current_) continue;
        current_ = std::move(config);
        round = round_;
      }
      log::Info(identity_.logger(), "the work is split anew");
      // Not under the lock: whatever waits for the token is woken here, the plugin's own callbacks as well.
      round.request_stop();
    } catch (const RetriableError& error) {
      log::Warn(identity_.logger(), std::string("splitting the work: ") + error.what() + "; trying again");
      if (base::WaitForStop(stop, kBetweenTries)) return;
      RequestTaskReconfiguration();
    } catch (...) {
      return Fail(std::current_exception());
    }
  }
}

void TaskSplit::Log(LogLevel level, std::string_view message) { log::Write(level, identity_.connector, message); }

void TaskSplit::RequestTaskReconfiguration() {
  {
    const std::lock_guard lock(mutex_);
    requested_ = true;
  }
  requested_changed_.notify_all();
}

void TaskSplit::RaiseError(std::string_view why) {
  Fail(std::make_exception_ptr(std::runtime_error(std::string(why))));
}

void TaskSplit::Fail(std::exception_ptr error) {
  std::stop_source round{std::nostopstate};
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
    round = round_;
  }
  round.request_stop();
}

}  // namespace framespool::runtime
