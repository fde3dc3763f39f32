#include <worker/herder.h>

namespace framespool::worker {

std::string_view ToText(State state) {
  switch (state) {
    case State::kUnassigned: return "UNASSIGNED";
    case State::kRunning: return "RUNNING";
    case State::kPaused: return "PAUSED";
    case State::kStopped: return "STOPPED";
    case State::kFailed: return "FAILED";
    case State::kRestarting: return "RESTARTING";
  }
  return "UNASSIGNED";
}

std::string_view ToText(ConnectorType type) { return type == ConnectorType::kSource ? "source" : "sink"; }

}  // namespace framespool::worker
