#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <access/users.h>
#include <framespool/access.h>

namespace framespool::access {

/// A link that a user has made for somebody without a log-in.
struct KeptLink {
  std::string id = {};  // by which it is taken back; opens nothing
  std::string user = {};
  ViewerLink link = {};
};

struct NewLink {
  std::string id = {};
  std::string secret = {};  // what stands behind `link=` in a query; it is told this once
};

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
  /// Makes a link of `user`'s. Nothing when there are as many as there may be. Throws std::system_error when it cannot
  /// be kept; then there is none. Writes a file.
  virtual std::optional<NewLink> MakeLink(const std::string& user, const ViewerLink& link) = 0;
  virtual std::vector<KeptLink> Links() = 0;
  /// Takes a link back, and ends what is under way by it. False when there is none of this id. Throws
  /// std::system_error when that cannot be kept; then it comes back with the next process. Writes a file.
  virtual bool RemoveLink(std::string_view id) = 0;
};

/// What outlives a gatekeeper's process; what is empty does not.
struct KeptFiles {
  std::filesystem::path sessions;
  std::filesystem::path links;
};

/// The worker's users at the door: knows them from listeners.users.file, which is read again within a second or two
/// when it changes. One for REST and for everything that connectors listen with. A bearer token is looked up; a
/// password (HTTP Basic) is checked on a thread of the gatekeeper's and remembered for some minutes, so that a program
/// that sends it with each request waits once; so is a session. What was begun by whom a change of the file concerns is
/// told to end (AccessAnswer::until). Any thread.
class Gatekeeper final : public SessionGate {
 public:
  /// Throws ConfigError as ReadUsersFile() does. Logs what others may do with the file that they should not.
  explicit Gatekeeper(std::filesystem::path users_file, KeptFiles kept = {});
  Gatekeeper(const Gatekeeper&) = delete;
  Gatekeeper& operator=(const Gatekeeper&) = delete;
  /// Whoever waits is not answered any more.
  ~Gatekeeper() override;

  std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& request, Then then) override;
  std::string Begin(const std::string& user, const std::string& origin, bool is_secret) override;
  std::string End(const std::string& cookie) override;
  std::optional<NewLink> MakeLink(const std::string& user, const ViewerLink& link) override;
  std::vector<KeptLink> Links() override;
  bool RemoveLink(std::string_view id) override;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace framespool::access
