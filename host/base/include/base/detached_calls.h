#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <base/log.h>

namespace framespool::base {

/// Counts calls into plugins on detached threads, which nobody waits for when they do not return: as long as one runs,
/// the process must end without destroying what it may use. Any thread.
class DetachedCalls {
 public:
  /// Counts as a call until it is reset: begun by who starts the thread, over when the plugin's code has returned.
  using Call = std::shared_ptr<const void>;

  Call Begin() const {
    ++*running_;
    return {nullptr, [running = running_](const void*) { --*running; }};
  }
  int running() const { return *running_; }

 private:
  std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

/// One call of what may never return, a plugin or a dead mount: on a thread of its own, which is left behind when it
/// does not. What `call` uses must live as long as the process, or be the call's own. Owned by the one who waits.
template <class T>
class DetachedCall {
 public:
  /// Starts `call` on a thread called `thread_name`; `counted`, where there is one, counts until it has returned.
  template <class F>
  DetachedCall(std::string thread_name, F call, DetachedCalls::Call counted = nullptr)
      : shared_(std::make_shared<Shared>()) {
    std::thread([shared = shared_, name = std::move(thread_name), call = std::move(call),
                 counted = std::move(counted)]() mutable {
      log::NameThread(name);
      std::optional<T> value;
      std::exception_ptr thrown;
      try {
        value.emplace(call());
      } catch (...) {
        thrown = std::current_exception();
      }
      counted.reset();
      {
        const std::lock_guard lock(shared->mutex);
        shared->value = std::move(value);
        shared->thrown = std::move(thrown);
        shared->returned = true;
      }
      shared->changed.notify_all();
    }).detach();
  }

  /// Waits until the call has returned, at most until `deadline` or `stop`. Whether it has.
  bool AwaitUntil(std::chrono::steady_clock::time_point deadline, std::stop_token stop = {}) {
    std::unique_lock lock(shared_->mutex);
    return shared_->changed.wait_until(lock, std::move(stop), deadline, [this] { return shared_->returned; });
  }
  bool AwaitFor(std::chrono::milliseconds wait) { return AwaitUntil(std::chrono::steady_clock::now() + wait); }

  /// What the call returned, or throws what it threw. Once, and only after it has returned.
  T Take() {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->thrown) std::rethrow_exception(shared_->thrown);
    return std::move(*shared_->value);
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable_any changed;
    bool returned = false;
    std::optional<T> value;
    std::exception_ptr thrown;
  };
  std::shared_ptr<Shared> shared_;
};

}  // namespace framespool::base
