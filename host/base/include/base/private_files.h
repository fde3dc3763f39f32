#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

/// What is in a data directory is for the worker's user alone, whatever the umask: pictures of places and people, and
/// configs with what stands in them.
namespace framespool::base {

/// Of a file that is made.
inline constexpr int kPrivateFile = 0600;

/// Takes from `path` what its group and others may do with it. An error where it is another user's, say.
inline std::error_code MakePrivate(const std::filesystem::path& path) {
  struct stat now {};
  if (stat(path.c_str(), &now) != 0) return {errno, std::generic_category()};
  if ((now.st_mode & 077) == 0) return {};
  if (chmod(path.c_str(), now.st_mode & 07700) != 0) return {errno, std::generic_category()};
  return {};
}

/// Makes `folder` where it is missing, for this user alone; those above it as anybody makes them. One that is there
/// stays as it is.
inline std::error_code MakePrivateFolder(const std::filesystem::path& folder) {
  std::error_code error;
  if (std::filesystem::is_directory(folder, error)) return {};
  if (const auto above = std::filesystem::absolute(folder, error).lexically_normal().parent_path(); !error)
    std::filesystem::create_directories(above, error);
  if (error) return error;
  if (mkdir(folder.c_str(), 0700) == 0 || (errno == EEXIST && std::filesystem::is_directory(folder, error))) return {};
  return {errno == 0 ? EEXIST : errno, std::generic_category()};
}

}  // namespace framespool::base
