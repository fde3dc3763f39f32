#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <framespool/access.h>
#include <framespool/problem.h>

namespace framespool::access {

/// As users' lines and answers call it: "viewer", "operator", "admin".
std::string_view NameOf(AccessLevel level);
std::optional<AccessLevel> LevelNamed(std::string_view name);

/// A person with a password, or a program with a token.
struct User {
  std::string name;
  AccessLevel level = AccessLevel::kViewer;
  std::string
      hash;  // of the password, as libcrypt writes bcrypt and yescrypt; or of the token, "sha256:" and 64 hex digits

  bool has_token() const;
  friend bool operator==(const User&, const User&) = default;
};

/// What is wrong with a user's name, as the rest of a sentence, "must be …, but has …"; nothing when it is good. Of the
/// name it tells one character at most: it may be a password that stands in the wrong place.
std::optional<std::string> NameProblem(std::string_view name);

/// Those of one users file, by name. Immutable once read.
class Users {
 public:
  Users() = default;
  Users(Users&&) = default;
  Users& operator=(Users&&) = default;
  /// `text`: lines "name:role:hash"; empty ones and those that begin with # say nothing. What is wrong is added to
  /// `problems`, each with the number of its line as a fact; no hash is told.
  static Users Parse(std::string_view text, std::vector<Problem>& problems);

  const User* Find(std::string_view name) const;
  /// Whose token has this hash.
  const User* FindToken(std::string_view hash) const;
  /// The first who has a password; null where only programs may call.
  const User* first_with_password() const;
  bool empty() const noexcept { return by_name_.empty(); }
  const std::map<std::string, User, std::less<>>& all() const noexcept { return by_name_; }

 private:
  std::map<std::string, User, std::less<>> by_name_;
  std::map<std::string, const User*, std::less<>> by_token_;  // of by_name_, whose nodes stay where they are
};

/// The line of `user`, without its end.
std::string LineOf(const User& user);

}  // namespace framespool::access
