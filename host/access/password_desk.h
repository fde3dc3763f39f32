#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include <framespool/access.h>

#include "attempts.h"

namespace framespool::access {

/// Checks passwords, one after the other on a thread of its own ("access"). Addresses take turns, so that one that asks
/// a thousand times costs the others one check; each may have some waiting. Any thread.
class PasswordDesk {
 public:
  /// Answers `request` on the desk's thread, for as long as a hash takes.
  using Check = std::function<AccessAnswer(const AccessRequest& request)>;
  /// `idle` is called there about once a second.
  PasswordDesk(Check check, std::function<void()> idle);
  PasswordDesk(const PasswordDesk&) = delete;
  PasswordDesk& operator=(const PasswordDesk&) = delete;
  /// Who still waits is not answered.
  ~PasswordDesk();

  /// As AccessGate::Ask(): at once when there have been too many.
  std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& request, AccessGate::Then then);
  /// `idle` is called as soon as it can be.
  void LookNow();

 private:
  struct Waiting;
  class Question;
  static AccessAnswer TooMany(Attempts::Clock::duration wait, const std::string& client);
  void Work();
  /// The next in turn; null when nobody waits. Under the lock.
  std::shared_ptr<Waiting> Take();

  const Check check_;
  const std::function<void()> idle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::deque<std::shared_ptr<Waiting>>> waiting_;  // by address
  std::deque<std::string> turns_;                                        // the addresses of waiting_
  std::size_t count_ = 0;
  Attempts attempts_;
  bool look_now_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace framespool::access
