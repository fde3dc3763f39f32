#include "mux/mux_video.h"

#include <utility>

namespace framespool::mjpeg {

void MuxVideo::Take(Feeder& feeder, Clock::time_point now) {
  if (const auto beginning = feeder.TakeBeginning()) {
    Clear();
    ++file_;
    kind_ = beginning->codec ? Kind::kVideo : Kind::kNone;
    codec_ = beginning->codec;
  }
  while (FramePtr frame = feeder.Peek()) {
    feeder.Pop();
    Add(std::move(frame), now);
  }
  if (feeder.HasPictures()) {
    Clear();
    kind_ = Kind::kNone;
  }
}

void MuxVideo::Clear() {
  kind_ = Kind::kUnknown;
  codec_.reset();
  window_.clear();
  bytes_ = 0;
  newest_.reset();
}

void MuxVideo::Add(FramePtr frame, Clock::time_point now) {
  kind_ = Kind::kVideo;
  codec_ = frame->codec;
  bytes_ += frame->image.size();
  if (frame->begins) newest_ = end_;
  window_.push_back({std::move(frame), now});
  ++end_;
  while (window_.size() > 1) {
    const Fragment& oldest = window_.front();
    const bool is_of_newest = !newest_ || end_ - window_.size() >= *newest_;
    if (bytes_ <= kWindowBytes && (is_of_newest || now - oldest.came < kWindow)) break;
    bytes_ -= oldest.frame->image.size();
    window_.pop_front();
  }
}

MuxVideo::Next MuxVideo::For(const Place& place) const {
  const std::uint64_t first = end_ - window_.size();
  const bool goes_on = place.file == file_ && place.next >= first;
  const std::uint64_t wanted = goes_on ? place.next : newest_.value_or(end_);
  if (wanted < first || wanted >= end_) return {};
  const FramePtr& fragment = window_[wanted - first].frame;
  return {fragment, {file_, wanted + 1}, place.file != file_};
}

}  // namespace framespool::mjpeg
