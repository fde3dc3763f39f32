#pragma once

#include <mutex>

namespace framespool::runtime {

/// Whether what a task does may still reach topics and offsets. A task that does not stop is abandoned: its gate is
/// shut, and whatever began before that is waited for by the task after it, so that the two never write side by side.
/// Owned by the task's runner; any thread.
class EffectGate {
 public:
  /// Runs `effect`, without a lock, unless the gate is shut; false when it is.
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
    std::lock_guard lock(mutex_);
    if (shut_) return false;
    ++inside_;
    return true;
  }

  mutable std::mutex mutex_;
  bool shut_ = false;
  int inside_ = 0;  // a sink commits from threads of its own
};

}  // namespace framespool::runtime
