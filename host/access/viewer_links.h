#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <access/gatekeeper.h>
#include <access/users.h>

namespace framespool::access {

/// The links that users have made: what the secret behind `link=` stands for. Only a hash of it is kept, so that nobody
/// can watch with what is stored. A link ends by its time, when it is taken back, and when who made it may make none
/// any more. Not thread-safe.
class ViewerLinks {
 public:
  /// The wall clock: they outlive the process.
  using Clock = std::chrono::system_clock;
  static constexpr std::size_t kMost = 1024;

  struct Entry {
    KeptLink kept;
    std::stop_source holds;  // until it ends
  };

  /// Nothing when there are kMost.
  std::optional<NewLink> Make(const std::string& user, const ViewerLink& link);
  /// Takes one back; false when there is none of this id.
  bool Remove(std::string_view id);
  /// Null when there is none of this secret. It may be over: EndThose() has not been called for a while.
  const Entry* Find(std::string_view secret) const;
  /// Ends those that are over, and those of users who may make none. Whether there was one.
  bool EndThose(const Users& users, Clock::time_point now);
  std::vector<KeptLink> All() const;

  /// As lines, to be read by Restore().
  std::string Text() const;
  /// What Text() of an earlier process said; what cannot be read is left out.
  void Restore(std::string_view text);

 private:
  std::map<std::string, Entry, std::less<>> by_hash_;
};

}  // namespace framespool::access
