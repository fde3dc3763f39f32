#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "framespool/value.h"
#include "live_input.h"

namespace framespool::camera {

/// The URL of a picture, asked again and again at a steady pace. Owned and used by one thread.
class SnapshotInput {
 public:
  SnapshotInput(InputAddress address, std::chrono::milliseconds interval, std::chrono::milliseconds timeout,
                std::stop_token stop);

  /// Waits until the next picture is due and fetches it; nothing at a stop. Throws CameraAway.
  std::optional<Payload> Next();

 private:
  Payload Fetch();

  const InputAddress address_;
  const std::chrono::milliseconds interval_;
  const std::chrono::milliseconds timeout_;
  const std::stop_token stop_;
  Patience patience_;
  std::chrono::steady_clock::time_point due_;
};

/// Waits until `until` or a stop; true when the time came.
bool WaitUntil(std::chrono::steady_clock::time_point until, const std::stop_token& stop);

}  // namespace framespool::camera
