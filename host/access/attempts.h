#pragma once

#include <chrono>
#include <map>
#include <string>

namespace framespool::access {

/// How many wrong passwords came from an address lately, and how long nobody there is listened to for that. An address
/// of IPv6 stands for its network (/64): who has one has all of them. Not thread-safe.
class Attempts {
 public:
  using Clock = std::chrono::steady_clock;

  /// How long it is until the next password from `address` is looked at; 0: at once.
  Clock::duration WaitOf(const std::string& address, Clock::time_point now) const;
  void Failed(const std::string& address, Clock::time_point now);

 private:
  struct Count {
    int failed = 0;
    Clock::time_point last;
  };
  void MakeRoom(Clock::time_point now);

  std::map<std::string, Count> counts_;
};

}  // namespace framespool::access
