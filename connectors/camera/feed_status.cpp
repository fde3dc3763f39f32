#include "feed_status.h"

#include <cmath>
#include <utility>

namespace framespool::camera {
namespace {

constexpr double kSecondsOfADay = 86400;

double Rounded(double value) { return std::round(value * 100) / 100; }

}  // namespace

const char* FeedStatus::NameOf(State state) {
  switch (state) {
    case State::kConnecting: return "connecting";
    case State::kWaitingForKeyFrame: return "waiting-for-key-frame";
    case State::kRunning: return "running";
    case State::kAway: return "away";
  }
  return "";
}

void FeedStatus::Enter(State state) {
  if (state_ == state) return;
  state_ = state;
  state_since_ = Now();
}

void FeedStatus::BeginConnection() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(tried_, true)) ++reconnects_;
  Enter(State::kConnecting);
  connection_begun_ = Clock::now();
  throughput_.Clear();
}

void FeedStatus::Connected(const std::string& codec) {
  const std::lock_guard lock(mutex_);
  codec_ = codec;
  Enter(State::kWaitingForKeyFrame);
}

void FeedStatus::PassedOver() {
  const std::lock_guard lock(mutex_);
  ++passed_over_;
}

void FeedStatus::Stored(const Arrival& arrival, std::size_t bytes, bool broken, std::int64_t session,
                        std::optional<std::int64_t> capture_us) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::kRunning) to_first_frame_ = arrival.steady - connection_begun_;
  Enter(State::kRunning);
  away_.reset();
  ++frames_;
  broken_ += broken ? 1 : 0;
  bytes_ += static_cast<std::int64_t>(bytes);
  session_ = session;
  last_frame_ = arrival.steady;
  throughput_.Add(arrival.steady, bytes);
  if (capture_us) {
    const auto wall = std::chrono::duration_cast<std::chrono::microseconds>(arrival.wall.time_since_epoch()).count();
    skew_us_ = *capture_us - wall;
  }
}

void FeedStatus::Gop(std::int64_t us) {
  const std::lock_guard lock(mutex_);
  gop_us_ = us;
}

void FeedStatus::Away(Problem why) {
  const std::lock_guard lock(mutex_);
  Enter(State::kAway);
  away_because_ = why.message;
  away_ = std::move(why);
  throughput_.Clear();
}

std::optional<Problem> FeedStatus::why_away() const {
  const std::lock_guard lock(mutex_);
  return away_;
}

Fields FeedStatus::Metrics() {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const Throughput::Rate rate = throughput_.At(now);
  const bool runs = state_ == State::kRunning;
  Fields fields{
      {"state", std::string(NameOf(state_))},
      {"state_since_ms", std::int64_t{state_since_.time_since_epoch().count()}},
      {"waits_for", away_ ? "the camera: " + away_->message : std::string()},
      {"frames_stored", frames_},
      {"frames_broken", broken_},
      {"frames_passed_over", passed_over_},
      {"bytes_stored", bytes_},
      {"reconnects", reconnects_},
      {"away_seconds", runs ? 0.0 : Rounded(std::chrono::duration<double>(now - last_frame_).count())},
      {"fps", Rounded(rate.frames)},
      {"kbit_s", Rounded(rate.bytes * 8 / 1000)},
      {"gb_per_day", Rounded(rate.bytes * kSecondsOfADay / 1e9)},
  };
  if (!away_because_.empty()) fields["away_because"] = away_because_;
  if (!codec_.empty()) fields["codec"] = codec_;
  if (session_) fields["session"] = *session_;
  if (gop_us_) fields["gop_seconds"] = static_cast<double>(*gop_us_) / 1e6;
  if (skew_us_) fields["clock_skew_ms"] = static_cast<double>(*skew_us_) / 1e3;
  if (to_first_frame_)
    fields["time_to_first_frame_ms"] = Rounded(std::chrono::duration<double, std::milli>(*to_first_frame_).count());
  return fields;
}

}  // namespace framespool::camera
