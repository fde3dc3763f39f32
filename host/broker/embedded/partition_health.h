#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "partition_context.h"

namespace framespool::broker::embedded {

/// Whether a partition takes records, and why not: said to who appends, and once to the log and the list of problems.
/// Its lock is never held over I/O. Owned by its Partition; any thread.
class PartitionHealth {
 public:
  explicit PartitionHealth(const PartitionContext& context) : context_(context) {}

  /// A write or a sync failed: nothing is appended or synced until what had not been synced is written again.
  void NoteTrouble(const std::string& what, int error);
  /// The same, and throws it as a RetriableError.
  [[noreturn]] void Fail(const std::string& what, int error);
  void NoteRecovered();
  /// Why nothing can be appended for now; empty when it can.
  std::string trouble() const;
  /// Throws RetriableError while there is trouble.
  void ThrowIfInTrouble() const;

  /// `bytes` could not be written because there was no room.
  void NoteLackOfSpace(const std::string& message, std::uint64_t bytes);
  /// Something could be.
  void NoteWritten();
  /// Whether there is room by now for who does not try again.
  void LookForSpace();

  /// Records are safe, but their index could not be written.
  void NoteIndexBehind(int error);
  void NoteIndexWritten();
  bool index_behind() const;

  /// Whether any of these wants another look soon.
  bool waits() const;

  /// The topic is gone: the partition takes nothing any more.
  void NoteAbandoned();
  /// Throws RetriableError for that as well.
  void ThrowIfClosed() const;

 private:
  const PartitionContext& context_;
  mutable std::mutex mutex_;
  std::string trouble_;
  bool abandoned_ = false;
  bool index_behind_ = false;
  std::uint64_t lacking_bytes_ = 0;  // that could not be written; 0: none
  std::chrono::steady_clock::time_point lacking_since_;
};

}  // namespace framespool::broker::embedded
