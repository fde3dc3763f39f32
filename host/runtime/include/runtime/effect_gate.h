#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace framespool::runtime {

/// Whether what a task does may still reach topics and offsets. A task that does not stop is abandoned: its gate is
/// shut, and whatever began before that is waited for by the task after it, so that the two never write side by side.
/// Owned by the task's runner; any thread.
class EffectGate {
 public:
  /// What who shares the tasks with other workers says: yes, not just now, or no more.
  enum class Permit { kYes, kNotNow, kNo };
  /// Before the task starts. `ask` is called before each effect, on any thread.
  void AskFirst(std::function<Permit()> ask) { ask_ = std::move(ask); }
  /// Whether an effect would pass now.
  bool open() const { return !shut() && (!ask_ || ask_() == Permit::kYes); }

  /// Runs `effect`, without a lock, unless the gate is shut; false when it is. Waits as long as it may not run just
  /// now.
  template <class F>
  bool Pass(F effect) {
    if (!Enter()) return false;
    const Leaving leaving(*this);
    effect();
    return true;
  }

  /// From now on nothing passes.
  void Shut() {
    std::lock_guard lock(mutex_);
    shut_ = true;
  }
  bool shut() const {
    std::lock_guard lock(mutex_);
    return shut_;
  }
  /// Whether an effect is under way.
  bool busy() const {
    std::lock_guard lock(mutex_);
    return inside_ > 0;
  }

 private:
  struct Leaving {
    explicit Leaving(EffectGate& entered) : gate(entered) {}
    Leaving(const Leaving&) = delete;
    Leaving& operator=(const Leaving&) = delete;
    ~Leaving() {
      std::lock_guard lock(gate.mutex_);
      --gate.inside_;
    }
    EffectGate& gate;
  };

  bool Enter() {
    if (ask_) {
      constexpr std::chrono::milliseconds kAskAgain{20};
      for (Permit permit = ask_(); permit != Permit::kYes; permit = ask_()) {
        if (permit == Permit::kNo || shut()) return false;
        std::this_thread::sleep_for(kAskAgain);
      }
    }
    std::lock_guard lock(mutex_);
    if (shut_) return false;
    ++inside_;
    return true;
  }

  std::function<Permit()> ask_;
  mutable std::mutex mutex_;
  bool shut_ = false;
  int inside_ = 0;  // a sink commits from threads of its own
};

}  // namespace framespool::runtime
