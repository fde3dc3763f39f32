#include "mux/past_stream.h"

#include <algorithm>
#include <utility>

namespace framespool::mjpeg {

namespace {

// Some offsets of a remote broker are no records (the mark of a transaction), so the frame before a moment is looked
// for a few further back.
constexpr std::int64_t kBefore = 4;

/// Begins a little before `moment`, so that the frame that was there at the moment is among them; also where there are
/// key frames only.
Position PositionBefore(Track& track, Timestamp moment, bool key_frames) {
  Position position = track.At(moment + std::chrono::milliseconds(1));
  const Position first = track.First();
  for (std::size_t i = 0; i < position.size(); ++i) position[i] = std::max(first[i], position[i] - kBefore);
  return key_frames ? OffsetsOf(track.KeyFramesFor(position, {}, {}), position) : position;
}

}  // namespace

void PastStream::Open(const TopicSource& tracks, SinkCounters& counters) {
  const std::lock_guard lock(mutex_);
  Feeder::Span span;
  span.speed = speed_;
  span.origin = [moment = moment_, key_frames = key_frames()](Track& track) {
    return PositionBefore(track, moment, key_frames);
  };
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
  // Of key frames the newest is held back until it is known which picture it is.
  if (key_frames()) at_end_ = feeder_->Exhausted();
  view.reads = !next && (!began_ || !at_end_);
  if (IsOfTheMoment(view.next)) view.frame = frame_;
  view.turn = turn_;
  return view;
}

bool PastStream::IsOfTheMoment(std::optional<Timestamp> next) const {
  if (!frame_ || frame_->id.timestamp > moment_) return false;
  const auto age = moment_ - frame_->id.timestamp;
  if (age <= kLeastGap) return true;
  // A key frame stands for its group.
  const bool key_frame = key_frames() && frame_->decoded;
  return key_frame && age <= Feeder::kLongestGroup && (!next || *next - frame_->id.timestamp <= Feeder::kLongestGroup);
}

}  // namespace framespool::mjpeg
