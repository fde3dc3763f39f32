#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <framespool/problem.h>

namespace framespool::config_providers {

/// The files and folders of `allowed.paths`, below which a provider may read; none: anywhere. A path is judged by where
/// it leads, over symbolic links and "..". Any thread.
class AllowedPaths {
 public:
  explicit AllowedPaths(std::vector<std::string> paths) : paths_(std::move(paths)) {}

  /// What is wrong with them, as a rule of a Config.
  static std::optional<Problem> ProblemOf(const std::vector<std::string>& paths);

  /// Where `path` leads. Throws std::runtime_error when that is not allowed, or `path` is not absolute. Waits for the
  /// file system, of what is not allowed only to follow it.
  std::filesystem::path Require(const std::string& path) const;

 private:
  const std::vector<std::string> paths_;
};

}  // namespace framespool::config_providers
