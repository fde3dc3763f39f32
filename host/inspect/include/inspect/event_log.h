#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <inspect/inspection.h>

namespace framespool::inspect {

/// The last thousand things that happened to connectors. Any thread.
class EventLog {
 public:
  void Add(const std::string& connector, int task, std::string_view state, const std::string& message = "");
  /// Those behind sequence `after`, oldest first.
  std::vector<Event> After(std::uint64_t after) const;
  std::uint64_t newest() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Event> events_;
  std::uint64_t newest_ = 0;
};

}  // namespace framespool::inspect
