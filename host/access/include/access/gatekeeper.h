#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include <access/users.h>
#include <framespool/access.h>

namespace framespool::access {

/// The worker's users at the door: knows them from listeners.users.file, which is read again within a second or two
/// when it changes. One for REST and for everything that connectors listen with. A bearer token is looked up; a
/// password (HTTP Basic) is checked on a thread of the gatekeeper's and remembered for some minutes, so that a program
/// that sends it with each request waits once. Any thread.
class Gatekeeper final : public AccessGate {
 public:
  /// Throws ConfigError as ReadUsersFile() does. Logs what others may do with the file that they should not.
  explicit Gatekeeper(std::filesystem::path users_file);
  Gatekeeper(const Gatekeeper&) = delete;
  Gatekeeper& operator=(const Gatekeeper&) = delete;
  /// Whoever waits is not answered any more.
  ~Gatekeeper() override;

  std::variant<AccessAnswer, std::unique_ptr<AccessQuestion>> Ask(const AccessRequest& request, Then then) override;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace framespool::access
