#pragma once

#include <cstdint>

namespace framespool::inspect {

/// Gives memory back that starting needed and running does not: what of the libraries' files was read on the way to a
/// task's first records, and what the allocator holds free. One thread.
class SettledMemory {
 public:
  /// Once a second. `newest_event` is the EventLog's. Memory has settled three seconds after an event that no other
  /// followed, and again three seconds after some MB of files came in without one, as when a source opens its file
  /// anew.
  void Tick(std::uint64_t newest_event);

 private:
  std::uint64_t newest_event_ = 0;
  std::uint64_t usual_file_bytes_ = 0;  ///< what running keeps of files
  int calm_ticks_ = 0;                  ///< since the last event, growth or giving back
  bool settled_ = true;
};

}  // namespace framespool::inspect
