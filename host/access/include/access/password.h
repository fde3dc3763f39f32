#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Passwords are hashed slowly, on purpose; tokens are too long to be guessed, and are hashed fast. Any thread.
namespace framespool::access {

inline constexpr std::size_t kShortestPassword = 8;
inline constexpr std::size_t kLongestPassword = 256;

/// With yescrypt and a salt of its own. Takes tens of milliseconds. Throws std::system_error when libcrypt cannot.
std::string HashPassword(const std::string& password);
/// Whether `hash` is of `password`. Takes as long as the hash wants.
bool IsPassword(const std::string& password, const std::string& hash);
/// What is wrong with a hash of a password; nothing when it can be checked, in a reasonable time.
std::optional<std::string> PasswordHashProblem(const std::string& hash);

inline constexpr std::string_view kTokenHash = "sha256:";
/// A new one: "fs_" and 256 random bits.
std::string NewToken();
/// "sha256:" and 64 hex digits.
std::string HashToken(std::string_view token);

}  // namespace framespool::access
