#include "playback/pacer.h"

#include <algorithm>

namespace framespool::mjpeg {

namespace {

using std::chrono::microseconds;

constexpr microseconds kShortest{300'000};  // less says nothing about a source's speed
constexpr microseconds kMeasured{1'000'000};

}  // namespace

void Pacer::Restart() {
  marks_.clear();
  due_.reset();
}

Pacer::Mark Pacer::MarkOf(const Frame& frame) {
  return {frame.id.partition, frame.id.timestamp, frame.pts_us, frame.key};
}

microseconds Pacer::Distance(const Mark& from, const Mark& to) {
  // Presentation times of two different videos cannot be compared.
  const bool one_video = from.partition == to.partition && from.key == to.key;
  if (one_video && from.pts_us && to.pts_us) return microseconds(*to.pts_us - *from.pts_us);
  return to.timestamp - from.timestamp;
}

bool Pacer::RecordedLive() const {
  if (marks_.size() < 2) return false;
  const microseconds shown = Distance(marks_.front(), marks_.back());
  // A source that runs faster than its video (unpaced) is a backlog in the making, not a live picture.
  return shown >= kShortest && (marks_.back().timestamp - marks_.front().timestamp) * 5 >= shown * 4;
}

Pacer::Clock::time_point Pacer::Due(const Frame& frame, const Feeder::Head& head, Clock::time_point now,
                                    double speed) const {
  if (!due_) return now;
  const microseconds distance = Distance(marks_.back(), MarkOf(frame));
  const auto no_gap = std::chrono::duration_cast<microseconds>(kLeastGap * std::max(1.0, speed));
  const bool key_frames = speed >= Feeder::kKeyFramesFrom;
  if (distance < microseconds(0) ||
      distance > (key_frames ? std::max<microseconds>(no_gap, Feeder::kLongestGroup) : no_gap))
    return now;
  const Clock::time_point due = *due_ + std::chrono::duration_cast<Clock::duration>(distance / speed);
  if (due <= now - kLeastGap) return now;
  const bool close_behind = head.growing && head.newest && *head.newest - frame.id.timestamp <= kLeastGap;
  return close_behind && speed >= 1 && RecordedLive() ? std::min(due, now) : due;
}

void Pacer::Shown(const Frame& frame, Clock::time_point due) {
  Mark mark = MarkOf(frame);
  if (!marks_.empty()) {
    const microseconds distance = Distance(marks_.back(), mark);
    if (distance < microseconds(0) || distance > kLeastGap) marks_.clear();
  }
  marks_.push_back(std::move(mark));
  while (marks_.size() > 2 && Distance(marks_[1], marks_.back()) >= kMeasured) marks_.pop_front();
  due_ = due;
}

}  // namespace framespool::mjpeg
