#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "framespool/connector.h"
#include "framespool/problem.h"
#include "video_file_config.h"

namespace framespool::video_file {

struct FolderFiles {
  std::vector<std::string> files;     // paths, by name
  std::vector<std::string> left_out;  // names that no list in a config can hold

  bool operator==(const FolderFiles&) const = default;
};

/// The files of config.folder that are to be played now: plain files, no links, not hidden, of a name that matches, and
/// not written to for two seconds, so that none is played while it is copied there. Throws RetriableError when the
/// folder cannot be read.
FolderFiles ListFolder(const VideoFileConfig& config);

/// Why config.folder cannot be read, or nothing.
std::optional<Problem> FolderProblem(const VideoFileConfig& config);
/// Why `pattern` is no regular expression (RE2), in a sentence without its key, or nothing.
std::optional<std::string> PatternProblem(const std::string& pattern);
/// Whether `path` could be one of the folder's files, by its name.
bool MayBeOfFolder(const VideoFileConfig& config, const std::string& path);

/// Looks into the folder again and again, and asks for a new split when other files are to be played, or left
/// out.
class FolderWatch final : public ConnectorWatch {
 public:
  FolderWatch(VideoFileConfig config, ConnectorContext& context);

 private:
  void Look(const std::stop_token& stop);

  const VideoFileConfig config_;
  ConnectorContext& context_;
  std::jthread thread_;
};

}  // namespace framespool::video_file
