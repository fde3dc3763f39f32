#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

/// A real worker on Kafka, with the bench's connectors besides its own, in a folder that it begins empty. Ends with its
/// owner.
class WorkerProcess {
 public:
  using Config = std::map<std::string, std::string>;
  WorkerProcess(std::filesystem::path folder, const Config& settings,
                const std::vector<std::pair<std::string, Config>>& connectors);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  /// The worker's own, which is the child of its keeper.
  pid_t pid() const;
  std::filesystem::path log() const { return folder_ / "log"; }
  /// Waits for `file`, which a connector writes; returns what is in it. Throws when it does not come.
  std::string Await(const std::filesystem::path& file) const;

 private:
  const std::filesystem::path folder_;
  pid_t pid_ = 0;  // of the keeper
};

/// A port of 127.0.0.1 that is free now.
int FreePort();
