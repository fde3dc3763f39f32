#include "access/users.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <access/password.h>
#include <base/escape.h>
#include <framespool/config_value.h>

namespace framespool::access {

namespace {

constexpr std::array<std::pair<AccessLevel, std::string_view>, 3> kLevels = {
    {{AccessLevel::kViewer, "viewer"}, {AccessLevel::kOperator, "operator"}, {AccessLevel::kAdmin, "admin"}}};
constexpr std::size_t kLongestName = 64;

bool IsTokenHash(std::string_view hash) {
  return hash.starts_with(kTokenHash) && hash.size() == kTokenHash.size() + 64 &&
         hash.find_first_not_of("0123456789abcdef", kTokenHash.size()) == std::string_view::npos;
}

/// With the bytes of UTF-8 that follow its first.
std::string_view CharacterAt(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return text.substr(at, end - at);
}

/// What is wrong with a line, or nothing and `user`.
std::optional<std::string> ReadLine(std::string_view line, User& user) {
  const auto first = line.find(':');
  const auto second = first == std::string_view::npos ? first : line.find(':', first + 1);
  if (second == std::string_view::npos) return "must be name:role:hash, as framespool user add writes it";
  user.name = line.substr(0, first);
  user.hash = line.substr(second + 1);
  if (auto problem = NameProblem(user.name)) return "must begin with a user's name, which " + *problem;
  const auto level = LevelNamed(line.substr(first + 1, second - first - 1));
  if (!level) return "must have one of the roles viewer, operator and admin behind the name";
  user.level = *level;
  return user.has_token() ? std::nullopt : PasswordHashProblem(user.hash);
}

}  // namespace

std::string_view NameOf(AccessLevel level) {
  for (const auto& [each, name] : kLevels) {
    if (each == level) return name;
  }
  return {};
}

std::optional<AccessLevel> LevelNamed(std::string_view name) {
  for (const auto& [level, each] : kLevels) {
    if (each == name) return level;
  }
  return std::nullopt;
}

bool User::has_token() const { return IsTokenHash(hash); }

std::optional<std::string> NameProblem(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._@";
  const std::string wanted = "must be 1 to " + std::to_string(kLongestName) +
                             " of the letters a to z and A to Z, the digits and - . _ @, but ";
  if (name.empty()) return wanted + "is empty";
  const auto wrong = name.find_first_not_of(kLetters);
  if (wrong != std::string_view::npos) return wanted + "has \"" + log::Escaped(CharacterAt(name, wrong)) + "\"";
  if (name.size() > kLongestName) return wanted + "has " + std::to_string(name.size());
  return std::nullopt;
}

Users Users::Parse(std::string_view text, std::vector<Problem>& problems) {
  Users users;
  std::int64_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    User user;
    auto problem = ReadLine(line, user);
    if (!problem && users.by_name_.contains(user.name)) problem = "must be of one who has no line yet";
    if (problem) {
      problems.push_back({.field = "listeners.users.file",
                          .message = "line " + std::to_string(number) + " " + *problem,
                          .facts = {{"line", number}}});
      continue;
    }
    std::string name = user.name;
    users.by_name_.emplace(std::move(name), std::move(user));
  }
  for (const auto& [name, user] : users.by_name_) {
    if (user.has_token()) users.by_token_.emplace(user.hash, &user);
  }
  return users;
}

const User* Users::Find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

const User* Users::FindToken(std::string_view hash) const {
  const auto found = by_token_.find(hash);
  return found == by_token_.end() ? nullptr : found->second;
}

const User* Users::first_with_password() const {
  const auto found =
      std::find_if(by_name_.begin(), by_name_.end(), [](const auto& each) { return !each.second.has_token(); });
  return found == by_name_.end() ? nullptr : &found->second;
}

std::string LineOf(const User& user) { return user.name + ":" + std::string(NameOf(user.level)) + ":" + user.hash; }

}  // namespace framespool::access
