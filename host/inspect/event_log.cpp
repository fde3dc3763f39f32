#include "inspect/event_log.h"

namespace framespool::inspect {

namespace {
constexpr std::size_t kKept = 1000;
}

void EventLog::Add(const std::string& connector, int task, std::string_view state, const std::string& message) {
  std::lock_guard lock(mutex_);
  events_.push_back({++newest_, Now(), connector, task, std::string(state), message});
  if (events_.size() > kKept) events_.pop_front();
}

std::vector<Event> EventLog::After(std::uint64_t after) const {
  std::lock_guard lock(mutex_);
  // A number that was never given out is one of an earlier life of the worker: whoever has it has seen nothing of this
  // one.
  if (after > newest_) after = 0;
  std::vector<Event> events;
  for (const Event& event : events_) {
    if (event.sequence > after) events.push_back(event);
  }
  return events;
}

std::uint64_t EventLog::newest() const {
  std::lock_guard lock(mutex_);
  return newest_;
}

}  // namespace framespool::inspect
