#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <access/users.h>

namespace framespool::access {

/// Who has logged in: what a browser's cookie stands for. Only a hash of it is kept, so that nobody can log in with
/// what is stored. A session ends 12 hours after its last use, 7 days after the log-in, when its user logs out, and
/// when his line in the users file is another one. Of too many the one that was used longest ago goes. Not thread-safe.
class Sessions {
 public:
  /// The wall clock: they outlive the process.
  using Clock = std::chrono::system_clock;

  Sessions();

  /// Unlike that of another worker on the same host, whose cookies a browser sends here too.
  const std::string& cookie_name() const noexcept { return cookie_name_; }
  static constexpr std::chrono::hours kLongest{7 * 24};

  /// The secret of a new one. `origin` is that of the page which logged in; empty: no page has.
  std::string Begin(const User& user, std::string_view origin, Clock::time_point now);
  /// Whose it is; null when there is none of this secret, and for pages of another origin than that which logged in.
  /// `users` as they are now.
  const User* Find(std::string_view secret, std::string_view origin, const Users& users, Clock::time_point now);
  void End(std::string_view secret);

  /// Whether Text() is another one than when this was asked last; a session's use counts for that every ten minutes.
  bool TakeChange() { return std::exchange(changed_, false); }
  /// As lines, to be read by Restore(): first the name of the cookie.
  std::string Text() const;
  /// What Text() of an earlier process said; what cannot be read is left out.
  void Restore(std::string_view text, Clock::time_point now);

 private:
  struct Session {
    std::string user;
    std::string line;    // a hash of the user's line
    std::string origin;  // of the page; one word
    Clock::time_point begun;
    Clock::time_point used;
  };
  static bool IsOver(const Session& session, Clock::time_point now);
  void MakeRoom(const std::string& user, Clock::time_point now);

  std::string cookie_name_;
  std::map<std::string, Session> by_hash_;
  bool changed_ = true;  // the name is new
};

/// The value of the cookie `name` in a request's header Cookie; empty when there is none.
std::string_view CookieOf(std::string_view header, std::string_view name);

}  // namespace framespool::access
