#include "runtime/task_runner.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include <base/log.h>
#include <base/trace.h>
#include <base/waiting.h>

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;

// Whatever a plugin throws for want of a descriptor: its libraries have words of their own for that. It may have given
// some back while the exception passed, so a few must be left.
bool LacksDescriptors() {
  constexpr std::size_t kEnough = 8;
  std::vector<int> taken;
  bool lacks = false;
  while (taken.size() < kEnough && !lacks) {
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    lacks = fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (fd < 0) break;
    taken.push_back(fd);
  }
  for (const int fd : taken) close(fd);
  return lacks;
}

}  // namespace

void TaskRunner::Start(bool paused, std::vector<std::shared_ptr<TaskRunner>> abandoned) {
  state_.SetPaused(paused);
  abandoned_ = std::move(abandoned);
  try {
    std::thread([self = shared_from_this()] { self->Run(); }).detach();
  } catch (const std::system_error& error) {
    ended_ = true;
    const std::string what = std::string("cannot start the task's thread: ") + error.what();
    state_.Fail({.trace = what, .problems = {{.message = what, .kind = kind::kUnexpected}}});
  }
}

void TaskRunner::Run() {
  log::NameThread(identity_.connector);
  const log::OnBehalf owner(identity_.connector, identity_.task);
  try {
    if (AwaitAbandoned()) ExecuteWithDescriptors();
  } catch (...) {
    state_.meters().NoteFailure();
    Failure failure = CurrentFailure();
    log::Error(identity_.logger(), "failed: " + failure.trace, failure.problems);
    failure.trace += "\n\tin " + identity_.connector_class + ", ";
    failure.trace += identity_.task == TaskIdentity::kNoTask
                         ? "connector " + identity_.connector
                         : "task " + identity_.connector + "-" + std::to_string(identity_.task);
    state_.Fail(std::move(failure));
  }
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ended_changed_.notify_all();
}

void TaskRunner::StallAfter(std::chrono::milliseconds timeout) {
  stall_timeout_ = common_.stall_timeout >= 0ms ? common_.stall_timeout : timeout;
}

void TaskRunner::LookForStall(PluginCalls::Clock::time_point now) {
  if (gate_.shut()) return;  // left behind: it is said already
  const auto call = state_.calls().Now();
  const auto so_far = call ? std::chrono::floor<std::chrono::milliseconds>(now - call->since) : 0ms;
  const bool is_stalled = stall_timeout_ > 0ms && so_far >= stall_timeout_;
  if (is_stalled == state_.stalled()) return;
  const log::OnBehalf owner(identity_.connector, identity_.task);
  if (!is_stalled) {
    const std::string what = "goes on: the call of the plugin has returned, or reports again";
    log::Info(identity_.logger(), what);
    return state_.EndStall(what);
  }
  const std::string what = identity_.connector_class + " is stalled: its " + call->name + " has neither returned nor " +
                           "reported anything for " + std::to_string(so_far.count()) +
                           " ms (task.stall.timeout.ms = " + std::to_string(stall_timeout_.count()) +
                           "). The task goes on when the call returns; a restart leaves it behind and begins anew";
  if (state_.ShowStall(call->name, so_far, what)) log::Warn(identity_.logger(), what);
}

void TaskRunner::ExecuteWithDescriptors() {
  constexpr const char* kDoing = "running";
  for (int attempt = 0;; ++attempt) {
    try {
      Work(stop_.get_token());
      return;
    } catch (...) {
      if (!LacksDescriptors()) throw;
      const std::string reason = base::DescribeCurrentException() +
                                 "; this process has hardly any file descriptors left: raise the limit of open files " +
                                 "(ulimit -n), or run fewer connectors";
      const auto pause = std::min<std::chrono::milliseconds>(500ms * (1 << std::min(attempt, 4)), 5s);
      if (!BackOff(stop_.get_token(), kDoing, reason.c_str(), attempt, pause)) return;
    }
  }
}

void TaskRunner::Work(const std::stop_token& stop) {
  if (resolve_ && !Persist(stop, "asking config providers", [&] { Resolve(stop); })) return;
  std::optional<plugins::Plugin> plugin;
  if (!Persist(stop, "opening the plugin", [&] { plugin.emplace(open_()); })) return;
  if (prepare_ && !Persist(stop, "starting", [&] { prepare_(stop); })) return;
  if (stop.stop_requested()) return;
  Execute(*plugin, stop);
}

void TaskRunner::Resolve(const std::stop_token& stop) {
  config::Resolution resolution = resolve_(stop);
  secrets_ = std::move(resolution.secrets);
  hidden_in_log_ = base::HideInLog(identity_.connector, secrets_);
  state_.Hide(secrets_);
  config_ = std::move(resolution.config);
  common_ = config::CommonConfigOf(config_);
  ReadConfig();
}

void TaskRunner::Idle(const std::stop_token& stop, const std::function<void()>& look) {
  while (!stop.stop_requested()) {
    look();
    state_.Move(state_.paused() ? State::kPaused : State::kRunning);
    state_.AwaitNews(stop);
  }
}

bool TaskRunner::AwaitAbandoned() {
  const bool begin = Persist(stop_.get_token(), "starting", [this] {
    for (const auto& task : abandoned_) {
      if (task->gate_.busy())
        throw RetriableError("a task of this connector that did not stop in time is still writing");
    }
  });
  abandoned_.clear();
  return begin;
}

bool TaskRunner::AwaitEnd(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  return ended_changed_.wait_until(lock, deadline, [this] { return ended_; });
}

void TaskRunner::SetPaused(bool paused) { state_.SetPaused(paused); }

bool TaskRunner::BackOff(const std::stop_token& stop, const char* doing, const char* reason, int attempt,
                         std::chrono::milliseconds pause, std::span<const Problem> problems) {
  log::Write(attempt == 0 ? LogLevel::kWarn : LogLevel::kDebug, identity_.logger(),
             std::string(doing) + ": " + reason + "; trying again", problems);
  state_.meters().NoteRetry();
  // As Connect counts it, a task that waits has been taken up; UNASSIGNED would say that no worker wants it.
  state_.TakeUp();
  state_.Merge({{"waiting_for", std::string(reason)}, {"retries", std::int64_t{attempt + 1}}});
  if (attempt == 0) state_.Merge({{"waiting_since_ms", std::int64_t{Now().time_since_epoch().count()}}});
  return !base::WaitForStop(stop, pause);
}

void TaskRunner::Recovered(const char* doing, int attempts) {
  log::Info(identity_.logger(), std::string(doing) + ": went on after " + std::to_string(attempts) + " retries");
  state_.Remove("waiting_for");
  state_.Remove("waiting_since_ms");
}

}  // namespace framespool::runtime
