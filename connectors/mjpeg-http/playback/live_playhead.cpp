#include "playback/live_playhead.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace framespool::mjpeg {

void LivePlayhead::Open() {
  feeder_ = std::make_unique<Feeder>(settings_.tracks, Feeder::Mode::kNewestOnly, Feeder::Span{.key = key_},
                                     settings_.counters, [this, &io = io_, weak = weak_from_this()] {
                                       // The feeder is joined before the io context ends, but may outlive the playhead:
                                       // what is posted asks whether that still is.
                                       boost::asio::post(io, [this, weak] {
                                         if (const auto self = weak.lock(); self && feeder_) OnFed();
                                       });
                                     });
}

void LivePlayhead::Join(std::shared_ptr<StreamViewer> viewer) {
  Enter(viewer);
  viewer->next_turn = turn_;
  if (viewers_.size() == 1) {
    feeder_->Play(std::nullopt);
  } else {
    Serve(*viewer);
    AwaitSuccessor();
  }
}

void LivePlayhead::OnFed() {
  FramePtr newest;
  if (auto beginning = feeder_->TakeBeginning()) {
    standing_ = Standing{.position = std::move(beginning->position), .last_time = std::nullopt};
    newest = std::move(beginning->previous);
  }
  while (FramePtr frame = feeder_->Peek()) {
    feeder_->Pop();
    newest = std::move(frame);
  }
  if (const auto passed = feeder_->Passed(); passed && standing_) {
    for (std::size_t i = 0; i < passed->size(); ++i)
      standing_->position[i] = std::max(standing_->position[i], (*passed)[i]);
  }
  if (!newest || viewers_.empty()) return;
  ++turn_;
  shown_at_ = Clock::now();
  Pass(standing_->position, newest->id);
  standing_->last_time = newest->id.timestamp;
  picture_ = ForAll(std::move(newest));
  ForEachViewer([this](StreamViewer& viewer) { Serve(viewer); });
  AwaitSuccessor();
}

void LivePlayhead::Serve(StreamViewer& viewer) {
  if (!viewer.idle() || !picture_ || (viewer.next_turn == turn_ && viewer.shown())) return;
  if (!viewer.Takes(Clock::now())) return ServeLater(viewer.takes_next());
  if (viewer.shown() && viewer.wish().fps == 0) {
    settings_.counters.frames_skipped.Add(static_cast<std::int64_t>(turn_ - viewer.next_turn - 1));
  }
  viewer.next_turn = turn_;
  viewer.Send(picture_);
}

void LivePlayhead::ServeLater(Clock::time_point time) {
  if (time >= cap_due_) return;
  cap_due_ = time;
  cap_timer_.expires_at(time);
  cap_timer_.async_wait([this, weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    cap_due_ = Clock::time_point::max();
    for (const auto& viewer : viewers_) Serve(*viewer);
  });
}

void LivePlayhead::OnIdle(StreamViewer& viewer) {
  Serve(viewer);
  if (picture_ && viewer.LacksSuccessor(picture_->id)) AwaitSuccessor();
}

void LivePlayhead::Rest() {
  if (feeder_) feeder_->Pause();
  picture_.reset();
  cap_timer_.cancel();
  cap_due_ = Clock::time_point::max();
}

}  // namespace framespool::mjpeg
