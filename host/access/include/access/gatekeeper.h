#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include <access/users.h>
#include <framespool/access.h>

namespace framespool::access {

/// A gate where people log in once, for REST, the page and every stream: a cookie stands for their session from then
/// on.
class SessionGate : public AccessGate {
 public:
  /// For `user`, who has just been admitted by a password: the value of a header Set-Cookie. `is_secret`: the browser
  /// sends the cookie by HTTPS only. `origin`: of the page that logs in, whose scripts alone may use it; empty: no
  /// page.
  virtual std::string Begin(const std::string& user, const std::string& origin, bool is_secret) = 0;
  /// Ends the session of a request's header Cookie: a Set-Cookie that takes it away.
  virtual std::string End(const std::string& cookie) = 0;
};

/// The worker's users at the door: knows them from listeners.users.file, which is read again within a second or two
/// when it changes. One for REST and for everything that connectors listen with. A bearer token is looked up; a
/// password (HTTP Basic) is checked on a thread of the gatekeeper's and remembered for some minutes, so that a program
/// that sends it with each request waits once; so is a session. Any thread.
class Gatekeeper final : public SessionGate {
 public:
  /// Throws ConfigError as ReadUsersFile() does. Logs what others may do with the file that they should not. Sessions
  /// outlive the process in `sessions_file`; empty: they do not.
  explicit Gatekeeper(std::filesystem::path users_file, std::filesystem::path sessions_file = {});
  Gatekeeper(const Gatekeeper&) = delete;
  Gatekeeper& operator=(const Gatekeeper&) = delete;
  /// Whoever waits is not answered any more.
  ~Gatekeeper() override;

  std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& request, Then then) override;
  std::string Begin(const std::string& user, const std::string& origin, bool is_secret) override;
  std::string End(const std::string& cookie) override;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace framespool::access
