#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "frame.h"
#include "framespool/connector.h"
#include "throughput.h"

namespace framespool::camera {

/// How a camera is, told by the thread that reads it and asked by the task's. Any thread.
class FeedStatus {
 public:
  using Clock = std::chrono::steady_clock;

  void BeginConnection();
  /// The camera is there and sends.
  void Connected(const std::string& codec);
  void PassedOver();
  void Stored(const Arrival& arrival, std::size_t bytes, bool broken, std::int64_t session,
              std::optional<std::int64_t> capture_us);
  void Gop(std::int64_t us);
  void Away(Problem why);

  /// Under the names of CameraMetrics().
  Fields Metrics();
  /// Why no frame comes; nothing while they do.
  std::optional<Problem> why_away() const;

 private:
  enum class State { kConnecting, kWaitingForKeyFrame, kRunning, kAway };
  static const char* NameOf(State state);
  void Enter(State state);

  mutable std::mutex mutex_;
  State state_ = State::kConnecting;
  Timestamp state_since_ = Now();
  std::optional<Problem> away_;
  std::string away_because_;
  std::string codec_;
  bool tried_ = false;
  std::int64_t frames_ = 0;
  std::int64_t broken_ = 0;
  std::int64_t passed_over_ = 0;
  std::int64_t bytes_ = 0;
  std::int64_t reconnects_ = 0;
  std::optional<std::int64_t> session_;
  std::optional<std::int64_t> gop_us_;
  std::optional<std::int64_t> skew_us_;
  Clock::time_point connection_begun_ = Clock::now();
  std::optional<Clock::duration> to_first_frame_;
  Clock::time_point last_frame_ = Clock::now();  // or when the task began
  Throughput throughput_;
};

}  // namespace framespool::camera
