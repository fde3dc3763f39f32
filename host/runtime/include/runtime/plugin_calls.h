#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace framespool::runtime {

/// The call that a task's thread is in, of its plugin: which one, and since when it has shown no sign of life. Nothing
/// waits here, so that a call which never returns holds up nobody who looks. The task's thread enters and leaves, any
/// thread looks.
class PluginCalls {
 public:
  using Clock = std::chrono::steady_clock;

  /// From its construction to its destruction the thread is in `call`, whose text outlives everything: "Poll()". On the
  /// stack; one at a time.
  class Inside {
   public:
    Inside(PluginCalls& calls, const char* call) : calls_(calls) {
      calls_.NoteProgress();
      calls_.call_.store(call, std::memory_order_release);
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { calls_.call_.store(nullptr, std::memory_order_release); }

   private:
    PluginCalls& calls_;
  };

  /// What is under way goes on: it has told something that only who works can tell.
  void NoteProgress() noexcept { since_.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed); }

  struct Call {
    const char* name;
    Clock::time_point since;  // its begin, or its last sign of life
  };
  /// Nothing while the thread is in none.
  std::optional<Call> Now() const noexcept {
    // The name first: a time that belongs to a later call is only newer.
    const char* const name = call_.load(std::memory_order_acquire);
    if (name == nullptr) return std::nullopt;
    return Call{name, Clock::time_point(Clock::duration(since_.load(std::memory_order_relaxed)))};
  }

 private:
  std::atomic<const char*> call_ = nullptr;
  std::atomic<Clock::rep> since_ = 0;
};

}  // namespace framespool::runtime
