#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <access/users.h>

namespace framespool::access {

/// The users in `file`. Throws ConfigError that names the file, and each line that is wrong; also where it has nobody.
Users ReadUsersFile(const std::filesystem::path& file);

/// What others than its owner may do with `file` that they should not, for people; empty when it is well.
std::string OpenTo(const std::filesystem::path& file);

/// Rewrites `file`, made where it is missing, with what `change` makes of its text: whole or not at all, and one after
/// the other where two do it at once. Its owner and its mode stay; a new one is its owner's alone. Throws
/// std::system_error, or what `change` throws.
void ChangeFile(const std::filesystem::path& file, const std::function<std::string(const std::string&)>& change);

}  // namespace framespool::access
