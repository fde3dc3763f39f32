#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "file_ops.h"

namespace framespool::broker::embedded {

/// Refuses appends while the file system has less than the floor free: a full disk hurts more than a stopped recording.
/// Asks the file system once a second, and sooner when much is written. Owned by the broker; any thread.
class SpaceGuard {
 public:
  SpaceGuard(FileOps& files, std::filesystem::path path, std::uint64_t floor)
      : files_(files), path_(std::move(path)), floor_(floor) {}

  /// Throws RetriableError naming the path, what is wanted, what is there and what to do.
  void Admit(std::uint64_t bytes);
  /// Why appends are refused, as of the last time one was; empty when they are not.
  std::string Refusal() const {
    return refused_ ? "appends are refused: less than the free space floor is left at " + path_.string() : "";
  }

 private:
  FileOps& files_;
  const std::filesystem::path path_;
  const std::uint64_t floor_;
  std::atomic<std::int64_t> unasked_bytes_{0};  // that may still be written before the file system is asked again
  std::atomic<std::chrono::steady_clock::time_point> ask_at_{std::chrono::steady_clock::time_point::min()};
  std::atomic<bool> refused_{false};
};

}  // namespace framespool::broker::embedded
