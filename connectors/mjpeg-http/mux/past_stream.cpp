#include "mux/past_stream.h"

#include <algorithm>
#include <utility>

namespace framespool::mjpeg {

namespace {

// Some offsets of a remote broker are no records (the mark of a transaction), so the frame before a moment is looked
// for a few further back.
constexpr std::int64_t kBefore = 4;

/// Begins a little before `moment`, so that the frame that was there at the moment is among them.
Position PositionBefore(Track& track, Timestamp moment) {
  Position position = track.At(moment + std::chrono::milliseconds(1));
  const Position first = track.First();
  for (std::size_t i = 0; i < position.size(); ++i) position[i] = std::max(first[i], position[i] - kBefore);
  return position;
}

}  // namespace

void PastStream::Open(const TopicSource& tracks, SinkCounters& counters) {
  const std::lock_guard lock(mutex_);
  Feeder::Span span;
  span.origin = [moment = moment_](Track& track) { return PositionBefore(track, moment); };
  feeder_ = std::make_unique<Feeder>(tracks, Feeder::Mode::kEveryFrame, std::move(span), counters,
                                     [bell = bell_] { bell->Ring(); });
  feeder_->Play(std::nullopt);
  began_ = false;
  at_end_ = false;
}

std::unique_ptr<Feeder> PastStream::Release() {
  const std::lock_guard lock(mutex_);
  frame_.reset();
  if (feeder_) feeder_->RequestStop();
  return std::move(feeder_);
}

PastStream::View PastStream::At(Timestamp moment) {
  const std::lock_guard lock(mutex_);
  moment_ = std::max(moment_, moment);
  View view;
  if (!feeder_) return view;
  if (const auto beginning = feeder_->TakeBeginning()) {
    began_ = true;
    at_end_ = !beginning->more;
    if (beginning->previous) {
      frame_ = beginning->previous;
      ++turn_;
    }
  }
  FramePtr next = feeder_->Peek();
  for (; next && next->id.timestamp <= moment_; next = feeder_->Peek()) {
    feeder_->Pop();
    at_end_ = next->fresh;
    frame_ = std::move(next);
    ++turn_;
  }
  if (next) {
    at_end_ = false;
    view.next = next->id.timestamp;
  }
  view.reads = !next && (!began_ || !at_end_);
  if (frame_ && moment_ - frame_->id.timestamp <= kGap && frame_->id.timestamp <= moment_) view.frame = frame_;
  view.turn = turn_;
  return view;
}

}  // namespace framespool::mjpeg
