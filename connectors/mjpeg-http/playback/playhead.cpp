#include "playback/playhead.h"

#include <algorithm>

namespace framespool::mjpeg {

namespace {

constexpr std::chrono::milliseconds kSuccessorAfter{100};
// From so many viewers on it pays to copy a frame once; with a larger frame nothing is saved that counts.
constexpr std::size_t kCrowd = 16;
constexpr std::size_t kJoinedBytes = 256 << 10;

}  // namespace

void Playhead::Sweep(Clock::time_point now, std::chrono::milliseconds limit) {
  const auto everyone = viewers_;
  for (const auto& viewer : everyone) {
    if (!viewer->Stalled(now, limit)) continue;
    ++settings_.counters.viewers_stalled;
    viewer->Close();
    Leave(*viewer);
  }
}

std::unique_ptr<Feeder> Playhead::Close() {
  for (const auto& viewer : viewers_) viewer->Close();
  viewers_.clear();
  picture_.reset();
  successor_timer_.cancel();
  if (feeder_) feeder_->RequestStop();
  return std::move(feeder_);
}

void Playhead::AwaitSuccessor() {
  if (!any_length_) return;
  successor_timer_.expires_after(kSuccessorAfter);
  successor_timer_.async_wait([this, weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self || !picture_) return;
    for (const auto& viewer : viewers_) {
      if (viewer->LacksSuccessor(picture_->id)) viewer->Repeat(picture_);
    }
  });
}

void Playhead::Enter(std::shared_ptr<StreamViewer> viewer) {
  viewers_.push_back(std::move(viewer));
  LookAround();
}

FramePtr Playhead::ForAll(FramePtr frame) const {
  if (frame->start || viewers_.size() < kCrowd || frame->image.size() > kJoinedBytes) return frame;
  return InOnePiece(*frame);
}

void Playhead::LookAround() {
  any_unpaced_ = any_length_ = false;
  speed_ = 0;
  for (const auto& viewer : viewers_) {
    any_unpaced_ |= viewer->wish().unpaced;
    any_length_ |= viewer->wish().framing == Framing::kLength;
    speed_ = std::max(speed_, viewer->wish().speed);
  }
  if (viewers_.empty()) speed_ = 1;
}

void Playhead::Leave(StreamViewer& viewer) {
  std::erase_if(viewers_, [&](const auto& each) { return each.get() == &viewer; });
  LookAround();
  if (!viewers_.empty()) return;
  idle_since_ = Clock::now();
  successor_timer_.cancel();
  Rest();
}

}  // namespace framespool::mjpeg
