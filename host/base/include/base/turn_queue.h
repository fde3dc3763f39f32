#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace framespool::base {

/// Carries out posted work, one piece at a time: that piece has the turn. They begin in their order. One that has to
/// wait for somebody else may give the turn away meanwhile (Away()), and others go on; so what the turn guards is in
/// order whenever it is given away, and may be another when it is back. The destructor carries out what is still
/// queued, and forgets what is not due yet.
class TurnQueue {
 public:
  /// At most `most_threads` pieces are away or at work; what comes then waits.
  explicit TurnQueue(std::string thread_name, std::size_t most_threads = 64);
  TurnQueue(const TurnQueue&) = delete;
  TurnQueue& operator=(const TurnQueue&) = delete;
  ~TurnQueue();

  /// Any thread, its own included.
  void Post(std::function<void()> work);
  /// The same not before `due`, behind what has been posted until then.
  void PostAt(std::chrono::steady_clock::time_point due, std::function<void()> work);

  /// By a piece of work that has the turn: `wait` is called without it. The turn is back when this returns or throws;
  /// who comes back goes before what has not begun.
  template <class F>
  auto Away(F wait) {
    const Absence absence(*this);
    return wait();
  }

  /// Until all pieces that were posted have ended, but for what is not due yet. By no piece of work.
  void AwaitAllBack();

 private:
  class Absence {
   public:
    explicit Absence(TurnQueue& queue) : queue_(queue) { queue_.GiveTurn(); }
    Absence(const Absence&) = delete;
    Absence& operator=(const Absence&) = delete;
    ~Absence() { queue_.TakeTurnBack(); }

   private:
    TurnQueue& queue_;
  };

  void GiveTurn();
  void TakeTurnBack();
  void Work();
  void Begin();      // under the lock: one more thread
  void JoinEnded();  // under the lock
  /// Under the lock: there is work, and the turn for it.
  bool MayBegin();

  const std::string thread_name_;
  const std::size_t most_threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> later_;
  bool closing_ = false;
  bool is_taken_ = false;      // the turn
  std::size_t returning_ = 0;  // that wait for the turn to come back to
  std::size_t begun_ = 0;      // pieces that have not ended
  std::size_t idle_ = 0;       // threads that wait for work
  std::map<std::thread::id, std::thread> threads_;
  std::vector<std::thread> ended_;
};

}  // namespace framespool::base
