#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "file_ops.h"
#include "problems.h"

namespace framespool::broker::embedded {

/// Refuses appends while the file system has less than the floor free: a full disk hurts more than a stopped recording.
/// Asks the file system once a second, and sooner when much is written. Owned by the broker; any thread.
class SpaceGuard {
 public:
  /// `refused` is called, on the producer's thread, with each refusal.
  SpaceGuard(FileOps& files, Problems& problems, std::filesystem::path path, std::uint64_t floor,
             std::function<void()> refused)
      : files_(files), problems_(problems), path_(std::move(path)), floor_(floor), on_refusal_(std::move(refused)) {}

  /// Throws RetriableError naming the path, what is wanted, what is there and what to do.
  void Admit(std::uint64_t bytes);
  /// Looks whether there is room again after a refusal; false when there is not.
  bool LookAgain();

 private:
  void Recovered();

  FileOps& files_;
  Problems& problems_;
  const std::filesystem::path path_;
  const std::uint64_t floor_;
  const std::function<void()> on_refusal_;
  std::atomic<std::int64_t> unasked_bytes_{0};  // that may still be written before the file system is asked again
  std::atomic<std::chrono::steady_clock::time_point> ask_at_{std::chrono::steady_clock::time_point::min()};
  std::atomic<std::uint64_t> wanted_{0};  // that must be available for what was refused last; 0: nothing was
};

}  // namespace framespool::broker::embedded
