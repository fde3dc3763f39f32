#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include <base/secrets.h>
#include <base/trace.h>
#include <config/common_config.h>
#include <config/config_providers.h>
#include <plugins/plugin.h>
#include <runtime/effect_gate.h>
#include <runtime/task_state.h>

namespace framespool::runtime {

struct TaskIdentity {
  static constexpr int kNoTask = -1;  // of what a connector has besides its tasks

  std::string connector;
  int task = 0;
  std::string connector_class;
  AccessGate* access = nullptr;  // of those who call what it listens with; null: nobody is asked. Outlives it
  TlsServer* tls = nullptr;      // by which it answers them; null: as they are. Outlives it
  std::string logger() const { return task == kNoTask ? connector : connector + "|task-" + std::to_string(task); }
};

/// One thread, one task, and the wall for a plugin's exceptions: whatever leaves the plugin ends in FAILED with a
/// trace. Owned by the herder through shared_ptr, and by its own thread while that runs: a plugin that never returns is
/// abandoned, not waited for.
class TaskRunner : public std::enable_shared_from_this<TaskRunner> {
 public:
  /// Finds the connector's class, opening its library when needed; called on the task's thread.
  using Opener = std::function<plugins::Plugin()>;
  /// The config that the task has, with what config providers say; called on the task's thread before the opener, and
  /// again after a RetriableError.
  using Resolver = std::function<config::Resolution(const std::stop_token& stop)>;

  TaskRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open)
      : identity_(std::move(identity)),
        config_(std::move(config)),
        common_(config::CommonConfigOf(config_)),
        open_(std::move(open)),
        state_(
            [this, listener = std::move(listener)](State state, const std::string& trace, const std::string& reason) {
              if (!gate_.shut()) listener(state, trace, reason);
            }) {}
  virtual ~TaskRunner() = default;

  /// `abandoned` are tasks of the same connector that were left behind: this one begins when none of them writes any
  /// more.
  void Start(bool paused, std::vector<std::shared_ptr<TaskRunner>> abandoned = {});
  /// Before Start(). Without one the config is as it was given.
  void ResolveWith(Resolver resolve) { resolve_ = std::move(resolve); }
  /// Before Start(): what must have succeeded before the task begins, called on its thread, again after a
  /// RetriableError.
  void BeginBehind(std::function<void(const std::stop_token& stop)> prepare) { prepare_ = std::move(prepare); }
  /// Before Start(). Whether what it does may have an effect is somebody else's to say as well.
  void PermitBy(std::function<EffectGate::Permit()> permit) { gate_.AskFirst(std::move(permit)); }
  /// Before Start().
  void OnTopicUsed(TaskState::TopicListener listener) { state_.OnTopicUsed(std::move(listener)); }
  void RequestStop() { stop_.request_stop(); }
  /// Whether the thread has ended by `deadline`.
  bool AwaitEnd(std::chrono::steady_clock::time_point deadline);
  void SetPaused(bool paused);
  /// The task was abandoned: whatever its plugin still does has no effect any more.
  void Abandon() { gate_.Shut(); }
  TaskState::Snapshot Status() const { return state_.Get(); }
  std::shared_ptr<TaskMeters> meters() const noexcept { return state_.shared_meters(); }
  /// Grows whenever Status() has changed.
  std::uint64_t revision() const noexcept { return state_.revision(); }

  /// Before Start(). How long a call of the plugin may show no sign of life before the task is said to be stalled,
  /// unless its config says otherwise; 0: as long as it likes.
  void StallAfter(std::chrono::milliseconds timeout);
  std::chrono::milliseconds stall_timeout() const noexcept { return stall_timeout_; }
  /// Says that the task is stalled, where it is, and that it is no more. One thread at a time.
  void LookForStall(PluginCalls::Clock::time_point now);
  /// The call under way could not return until now, whatever it is.
  void ForgiveWaiting() { state_.calls().NoteProgress(); }

 protected:
  /// The whole life of the task, on its own thread: from its construction to its destruction.
  virtual void Execute(const plugins::Plugin& plugin, std::stop_token stop) = 0;

  /// What follows from common() anew: the config has been resolved.
  virtual void ReadConfig() {}

  const TaskIdentity& identity() const noexcept { return identity_; }
  TaskState& state() noexcept { return state_; }
  /// What is to outlive the task, a write to a topic or an offset, passes here.
  EffectGate& gate() noexcept { return gate_; }
  /// The task's, resolved before Execute().
  const RawConfig& config() const noexcept { return config_; }
  /// What of it nobody may read in a message.
  const base::Secrets& secrets() const noexcept { return secrets_; }
  /// The keys of it that every connector has.
  const config::CommonConfig& common() const noexcept { return common_; }

  /// From here to its end the thread is in `call` of the plugin.
  PluginCalls::Inside In(const char* call) { return {state_.calls(), call}; }

  /// Stands still until stopped, PAUSED and RUNNING as is wanted. `look` is called first and at each TaskState::Wake().
  void Idle(const std::stop_token& stop, const std::function<void()>& look);

  /// Makes `call` until it returns, with a growing pause after each RetriableError; false when stopped meanwhile. The
  /// task stays in its state and says in its metrics what it waits for.
  template <class F>
  bool Persist(const std::stop_token& stop, const char* doing, F call) {
    for (int attempt = 0;; ++attempt) {
      try {
        call();
        if (attempt > 0) Recovered(doing, attempt);
        return true;
      } catch (const RetriableError& error) {
        const auto pause = std::min<std::chrono::milliseconds>(
            std::chrono::milliseconds(100) * (1 << std::min(attempt, 10)), longest_pause_);
        const std::string reason = base::WhatOf(error);
        if (!BackOff(stop, doing, reason.c_str(), attempt, pause, base::Bounded(error.problems()))) return false;
      }
    }
  }
  /// Waits before the next try and tells of it; false when stopped meanwhile.
  bool BackOff(const std::stop_token& stop, const char* doing, const char* reason, int attempt,
               std::chrono::milliseconds pause, std::span<const Problem> problems = {});
  void Recovered(const char* doing, int attempts);
  /// The pauses of Persist() grow to a second, or to this.
  void LimitPauses(std::chrono::milliseconds longest) { longest_pause_ = std::min(kLongestPause, longest); }

 private:
  void Run();
  bool AwaitAbandoned();
  void Work(const std::stop_token& stop);
  void Resolve(const std::stop_token& stop);
  /// A task that fails while the process has no file descriptors left is begun anew when there may be some.
  void ExecuteWithDescriptors();

  const TaskIdentity identity_;
  RawConfig config_;  // with common_ and secrets_ the task's thread's, once that has begun
  config::CommonConfig common_;
  base::Secrets secrets_;
  std::shared_ptr<const void> hidden_in_log_;
  Resolver resolve_;
  std::function<void(const std::stop_token& stop)> prepare_;
  const Opener open_;
  std::chrono::milliseconds stall_timeout_{0};
  EffectGate gate_;
  TaskState state_;
  std::stop_source stop_;
  static constexpr std::chrono::milliseconds kLongestPause = std::chrono::seconds(1);
  std::chrono::milliseconds longest_pause_ = kLongestPause;
  std::vector<std::shared_ptr<TaskRunner>> abandoned_;  // those before this one, until it begins
  std::mutex mutex_;
  std::condition_variable ended_changed_;
  bool ended_ = false;
};

}  // namespace framespool::runtime
