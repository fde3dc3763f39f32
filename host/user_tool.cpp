#include "user_tool.h"

#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <access/password.h>
#include <access/users.h>
#include <access/users_file.h>
#include <base/escape.h>
#include <framespool/config_value.h>

#include "command.h"

namespace framespool {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kToken = "--token";

/// While it lives, a terminal does not show what is typed.
class NoEcho {
 public:
  NoEcho() {
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << "\n";
  }

 private:
  termios before_{};
};

std::string ReadLine() {
  std::string line;
  std::getline(std::cin, line);
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

std::string Typed(const std::string& prompt) {
  std::cerr << prompt << std::flush;
  const NoEcho silent;
  return ReadLine();
}

std::string Password(const std::string& name) {
  const bool is_typed = isatty(STDIN_FILENO) == 1;
  std::string password = is_typed ? Typed("Password of " + name + ": ") : ReadLine();
  if (is_typed && Typed("Once more: ") != password) throw std::runtime_error("the two passwords differ");
  if (password.size() < access::kShortestPassword || password.size() > access::kLongestPassword) {
    throw std::runtime_error("a password must have " + std::to_string(access::kShortestPassword) + " to " +
                             std::to_string(access::kLongestPassword) + " bytes, but this has " +
                             std::to_string(password.size()));
  }
  if (std::any_of(password.begin(), password.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    throw std::runtime_error("a password must not have control characters: no browser sends them");
  return password;
}

/// `text` with `line` (nothing: none) in the place of that of `name`, or behind all others; the rest stays as it is.
/// `found`: whether there was one.
std::string WithLine(const std::string& text, const std::string& name, const std::optional<std::string>& line,
                     bool& found) {
  std::string changed;
  found = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const std::string old = text.substr(at, end - at);
    at = end + 1;
    if (!Trim(old).starts_with(name + ":")) {
      changed += old + "\n";
    } else if (!std::exchange(found, true) && line) {
      changed += *line + "\n";
    }
  }
  return line && !found ? changed + *line + "\n" : changed;
}

void Add(const fs::path& file, const std::string& name, std::string_view role, bool wants_token) {
  if (const auto problem = access::NameProblem(name)) throw UsageError("a user's name " + *problem);
  const auto level = access::LevelNamed(role);
  if (!level) throw UsageError("a role must be viewer, operator or admin, but is \"" + log::Escaped(role) + "\"");
  std::string token;
  access::User user{.name = name, .level = *level, .hash = {}};
  if (wants_token) {
    token = access::NewToken();
    user.hash = access::HashToken(token);
  } else {
    user.hash = access::HashPassword(Password(name));
  }
  bool found = false;
  access::ChangeFile(file, [&](const std::string& text) { return WithLine(text, name, access::LineOf(user), found); });
  std::cerr << (found ? "changed " : "added ") << name << " (" << role << ") in " << file.string() << "\n";
  if (!token.empty()) std::cout << token << "\n";
}

void Remove(const fs::path& file, const std::string& name) {
  if (!fs::exists(file)) throw std::runtime_error("there is no " + file.string());
  access::ChangeFile(file, [&](const std::string& text) {
    bool found = false;
    std::string changed = WithLine(text, name, std::nullopt, found);
    if (!found)
      throw std::runtime_error(file.string() + " has no user \"" + log::Escaped(name) +
                               "\"; framespool user ls FILE lists those it has");
    return changed;
  });
  std::cerr << "removed " << name << " from " << file.string() << "\n";
}

void List(const fs::path& file) {
  const access::Users users = access::ReadUsersFile(file);
  for (const auto& [name, user] : users.all())
    std::cout << name << " " << access::NameOf(user.level) << (user.has_token() ? " token" : "") << "\n";
}

void Run(std::vector<std::string_view> words) {
  const bool wants_token = std::erase(words, kToken) > 0;
  for (const std::string_view word : words) {
    if (word.starts_with("-")) throw UsageError("user has no option " + std::string(word) + "; it has --token");
  }
  const std::string_view what = words.empty() ? "" : words[0];
  if (wants_token && what != "add") throw UsageError("--token goes with user add");
  if (what == "ls" && words.size() == 2) return List(words[1]);
  if (what == "add" && words.size() == 4) return Add(words[1], std::string(words[2]), words[3], wants_token);
  if (what == "remove" && words.size() == 3) return Remove(words[1], std::string(words[2]));
  throw UsageError("user takes ls FILE, add FILE NAME ROLE [--token], or remove FILE NAME");
}

}  // namespace

int UserTool(std::span<const std::string_view> words) {
  return ExitCodeOf([&] {
    Run({words.begin(), words.end()});
    return 0;
  });
}

}  // namespace framespool
