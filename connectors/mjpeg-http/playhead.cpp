#include "playhead.h"

#include <algorithm>

namespace framespool::mjpeg {

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
  if (feeder_) feeder_->RequestStop();
  return std::move(feeder_);
}

void Playhead::Leave(StreamViewer& viewer) {
  std::erase_if(viewers_, [&](const auto& each) { return each.get() == &viewer; });
  if (!viewers_.empty()) return;
  idle_since_ = Clock::now();
  Rest();
}

}  // namespace framespool::mjpeg
