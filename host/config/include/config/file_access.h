#pragma once

#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <framespool/config_def.h>

namespace framespool::config {

/// A path of the worker's own, and what it is: "data.dir", "plugin.path".
struct OwnPath {
  std::string key;
  std::filesystem::path path;
};

/// Which files connectors may open: those below file.roots, all where there are no roots, and none of the worker's own.
/// A path is judged by where it leads, over symbolic links and "..", and whether or not there is a file yet. Immutable;
/// any thread.
class FileAccess {
 public:
  FileAccess() = default;
  FileAccess(std::vector<std::filesystem::path> roots, std::vector<OwnPath> own);

  /// What of `config` leads where it must not: of each of `fields` with Role::kPath. Looks at the file system, for at
  /// most `timeout`: what takes longer is refused.
  std::vector<Problem> Problems(std::span<const FieldSpec> fields, const RawConfig& config,
                                std::chrono::milliseconds timeout = std::chrono::seconds(5)) const;

  /// Throws ConfigError naming the field and its problem. May wait for the file system.
  void Require(std::span<const FieldSpec> fields, const RawConfig& config) const;

 private:
  std::string ProblemOf(const std::string& path) const;

  std::vector<std::filesystem::path> roots_;
  std::vector<OwnPath> own_;
};

}  // namespace framespool::config
