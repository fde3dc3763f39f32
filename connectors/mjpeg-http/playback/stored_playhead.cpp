#include "playback/stored_playhead.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds kWindow{1000};  // who is further behind skips
constexpr std::size_t kWindowBytes = 32 << 20;
// Viewers whose acknowledgements are followed: the newest frame seen counts, so a few speak for all.
constexpr int kWitnesses = 4;
// Often enough; while frames flow, the moments at which earlier ones count come more often.
constexpr std::chrono::milliseconds kSample{40};
constexpr std::chrono::milliseconds kPictureAfter{150};
// Frames shown before other work of the io thread has its turn; matters only unpaced.
constexpr int kFramesAtOnce = 32;

}  // namespace

StoredPlayhead::StoredPlayhead(asio::io_context& io, const PlayheadSettings& settings, std::string group,
                               Feeder::Span span, Waits waits)
    : Playhead(io, settings),
      group_(std::move(group)),
      span_(std::move(span)),
      live_(waits == Waits::kLive),
      pace_timer_(io),
      picture_timer_(io),
      seen_timer_(io) {}

void StoredPlayhead::Open() {
  feeder_ = std::make_unique<Feeder>(settings_.tracks, Feeder::Mode::kEveryFrame, span_, settings_.counters,
                                     [this, &io = io_, weak = weak_from_this()] {
                                       // As in LivePlayhead: the feeder may outlive the playhead.
                                       asio::post(io, [this, weak] {
                                         if (const auto self = weak.lock(); self && feeder_) OnFed();
                                       });
                                     });
}

void StoredPlayhead::Join(std::shared_ptr<StreamViewer> viewer) {
  StreamViewer& joined = *viewer;
  Enter(std::move(viewer));
  joined.next_turn = next_turn_ - window_.size();
  if (seen_) joined.cursor = *seen_;
  ChooseWitnesses(Clock::now());
  if (viewers_.size() == 1) return Restart();
  if (!begun_) return;
  if (span_.as_mp4) {
    joined.cursor = window_start_;
    BeginAnew(joined, live_ ? next_turn_ : FirstUnseen());
  } else if (!WindowReaches(*seen_)) {
    return Restart();
  }
  Serve(joined);
  Advance();
}

void StoredPlayhead::Restart() {
  begun_ = false;
  upcoming_.reset();
  window_.clear();
  window_bytes_ = 0;
  pace_timer_.cancel();
  pacer_.Restart();
  for (const auto& viewer : viewers_) viewer->next_turn = next_turn_;
  feeder_->Play(seen_);
}

void StoredPlayhead::OnFed() {
  if (viewers_.empty()) return;
  if (auto beginning = feeder_->TakeBeginning()) OnBeginning(std::move(*beginning));
  if (begun_) Advance();
  PassOver();
}

void StoredPlayhead::OnBeginning(Feeder::Beginning beginning) {
  begun_ = true;
  if (!seen_) seen_ = beginning.position;
  window_start_ = beginning.position;
  shown_ = beginning.position;
  if (!picture_ && beginning.previous) {
    if (!seen_time_) seen_time_ = beginning.previous->id.timestamp;
    picture_ = std::move(beginning.previous);
  }
  for (const auto& viewer : viewers_) {
    if (span_.as_mp4) {
      viewer->cursor = beginning.position;
    } else if (viewer->cursor.empty()) {
      viewer->cursor = *seen_;
    }
  }
  // The frame before the position has been seen. It comes again only if nothing newer does: a picture at once beats an
  // empty page.
  picture_may_serve_ = !beginning.more;
  if (beginning.more) {
    picture_timer_.expires_after(kPictureAfter);
    picture_timer_.async_wait([this, weak = weak_from_this()](error_code error) {
      const auto self = weak.lock();
      if (error || !self) return;
      picture_may_serve_ = true;
      for (const auto& viewer : viewers_) Serve(*viewer);
    });
    return;
  }
  for (const auto& viewer : viewers_) Serve(*viewer);
}

void StoredPlayhead::Advance() {
  for (int shown = 0; shown < kFramesAtOnce; ++shown) {
    if (!begun_ || (!live_ && !SomeoneWaits())) return;
    FramePtr frame = feeder_->Peek();
    if (!frame) return FinishIfEnded();
    const auto now = Clock::now();
    const bool at_once = live_ || frame->run_up || AnyUnpaced();
    const auto due = at_once ? now : pacer_.Due(*frame, feeder_->head(), now, Speed());
    if (due > now) {
      pace_timer_.expires_at(due);
      pace_timer_.async_wait([this, weak = weak_from_this()](error_code error) {
        if (const auto self = weak.lock(); self && !error) Advance();
      });
      return;
    }
    feeder_->Pop();
    Show(std::move(frame), due);
  }
  asio::post(io_, [this, weak = weak_from_this()] {
    if (const auto self = weak.lock(); self && feeder_) Advance();
  });
}

void StoredPlayhead::Show(FramePtr frame, Clock::time_point due) {
  const auto now = Clock::now();
  frame = ForAll(std::move(frame));
  upcoming_ = feeder_->Peek();
  if (frame->run_up) {
    pacer_.Restart();
  } else {
    pacer_.Shown(*frame, due);
  }
  picture_ = frame;
  shown_at_ = now;
  Pass(shown_, frame->id);
  picture_may_serve_ = true;
  picture_timer_.cancel();
  window_bytes_ += frame->image.size();
  if (frame->begins) beginning_turn_ = next_turn_;  // the newest one
  window_.push_back({std::move(frame), now, due});
  ++next_turn_;
  std::uint64_t needed = next_turn_;
  ForEachViewer([&](StreamViewer& viewer) {
    Serve(viewer);
    needed = std::min(needed, viewer.next_turn);
  });
  AwaitSuccessor();
  TrimWindow(now, needed);
  WatchSeenBy(now + kSample);
}

void StoredPlayhead::Serve(StreamViewer& viewer) {
  while (viewer.idle() && viewer.next_turn < next_turn_) {
    const std::uint64_t first = next_turn_ - window_.size();
    if (viewer.next_turn < first) {
      settings_.counters.frames_skipped.Add(static_cast<std::int64_t>(next_turn_ - 1 - viewer.next_turn));
      if (span_.as_mp4) {
        BeginAnew(viewer, next_turn_);
        continue;
      }
      viewer.next_turn = next_turn_ - 1;
    }
    const Turn& turn = window_[viewer.next_turn - first];
    ++viewer.next_turn;
    if (!Pass(viewer.cursor, turn.frame->id)) continue;
    if (!viewer.MaySee(*turn.frame)) {
      viewer.needs_beginning = true;
      viewer.Skip(turn.frame->id);
      continue;
    }
    if (span_.as_mp4 && viewer.needs_beginning && !turn.frame->begins) {
      viewer.Skip(turn.frame->id);
      continue;
    }
    viewer.needs_beginning = false;
    if (viewer.Takes(turn.due)) {
      const FramePtr& next = viewer.next_turn < next_turn_ ? window_[viewer.next_turn - first].frame : upcoming_;
      viewer.Send(turn.frame, next);
    } else {
      viewer.Skip(turn.frame->id);
    }
  }
  if (picture_may_serve_ && picture_ && !span_.limit && !span_.as_mp4 && viewer.idle() && !viewer.shown()) {
    viewer.Repeat(picture_);
    AwaitSuccessor();
  }
}

void StoredPlayhead::BeginAnew(StreamViewer& viewer, std::uint64_t turn) {
  viewer.needs_beginning = true;
  const std::uint64_t first = next_turn_ - window_.size();
  std::uint64_t found = next_turn_;
  for (std::uint64_t each = std::max(first, viewer.next_turn); each < next_turn_; ++each) {
    if (window_[each - first].frame->begins && (each <= turn || found == next_turn_)) found = each;
  }
  viewer.next_turn = found;
}

std::uint64_t StoredPlayhead::FirstUnseen() const {
  const std::uint64_t first = next_turn_ - window_.size();
  std::uint64_t turn = first;
  while (turn < next_turn_ && !Lacks(*seen_, window_[turn - first].frame->id)) ++turn;
  return turn;
}

void StoredPlayhead::FinishIfEnded() {
  if (!span_.limit || !feeder_->Ended()) return;
  for (const auto& viewer : viewers_) {
    if (viewer->idle() && viewer->next_turn == next_turn_) viewer->Finish();
  }
}

bool StoredPlayhead::SomeoneWaits() const {
  return std::any_of(viewers_.begin(), viewers_.end(),
                     [this](const auto& viewer) { return viewer->idle() && viewer->next_turn == next_turn_; });
}

bool StoredPlayhead::WindowReaches(const Position& position) const {
  for (std::size_t i = 0; i < position.size(); ++i) {
    if (position[i] < window_start_[i]) return false;
  }
  return true;
}

void StoredPlayhead::TrimWindow(Clock::time_point now, std::uint64_t needed) {
  const auto keep = std::max(kWindow, settings_.rewind * 2);
  while (window_.size() > 1) {
    const Turn& oldest = window_.front();
    // Who joins, or skips, begins with the newest frame that begins.
    const bool begins_later = next_turn_ - window_.size() < beginning_turn_;
    if (span_.as_mp4 && !begins_later && window_bytes_ <= kWindowBytes) break;
    const bool done = next_turn_ - window_.size() < needed && !Lacks(*seen_, oldest.frame->id);
    if (!done && oldest.shown_at + keep > now && window_bytes_ <= kWindowBytes) break;
    Pass(window_start_, oldest.frame->id);
    window_bytes_ -= oldest.frame->image.size();
    window_.pop_front();
  }
}

void StoredPlayhead::OnIdle(StreamViewer& viewer) {
  WatchSeenBy(Clock::now() + kSample);
  if (!begun_) return;
  Serve(viewer);
  Advance();
  if (picture_ && viewer.LacksSuccessor(picture_->id)) AwaitSuccessor();
}

void StoredPlayhead::Leave(StreamViewer& viewer) {
  TakeSeen(viewer, Clock::now());
  std::erase(tracked_, &viewer);
  Playhead::Leave(viewer);
  if (viewers_.empty()) return;
  ChooseWitnesses(Clock::now());
  if (begun_) Advance();
}

void StoredPlayhead::Rest() {
  // Without a name nobody comes back to it: what reads for it may read for the next.
  if (feeder_) group_.empty() && !live_ ? feeder_->RequestStop() : feeder_->Pause();
  if (live_) seen_.reset();
  begun_ = false;
  picture_may_serve_ = false;
  upcoming_.reset();
  window_.clear();
  window_bytes_ = 0;
  picture_.reset();
  pace_timer_.cancel();
  picture_timer_.cancel();
  seen_timer_.cancel();
  seen_due_ = Clock::time_point::max();
}

void StoredPlayhead::Sweep(Clock::time_point now, std::chrono::milliseconds limit) {
  Playhead::Sweep(now, limit);
  ChooseWitnesses(now);
}

std::unique_ptr<Feeder> StoredPlayhead::Close() {
  SampleSeen();
  tracked_.clear();
  pace_timer_.cancel();
  picture_timer_.cancel();
  seen_timer_.cancel();
  return Playhead::Close();
}

std::optional<Playhead::Standing> StoredPlayhead::standing() const {
  if (!seen_) return std::nullopt;
  return Standing{.position = *seen_, .last_time = seen_time_};
}

void StoredPlayhead::ChooseWitnesses(Clock::time_point now) {
  int witnesses = 0;
  for (const StreamViewer* viewer : tracked_) witnesses += viewer->Flows(now);
  for (const auto& viewer : viewers_) {
    if (witnesses >= kWitnesses) return;
    if (viewer->tracks_seen() || !viewer->Flows(now)) continue;
    viewer->TrackSeen();
    tracked_.push_back(viewer.get());
    ++witnesses;
  }
}

void StoredPlayhead::WatchSeenBy(Clock::time_point time) {
  if (time >= seen_due_) return;
  seen_due_ = time;
  seen_timer_.expires_at(time);
  seen_timer_.async_wait([this, weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (error || !self) return;
    seen_due_ = Clock::time_point::max();
    SampleSeen();
  });
}

void StoredPlayhead::SampleSeen() {
  const auto now = Clock::now();
  auto next = Clock::time_point::max();
  for (StreamViewer* viewer : tracked_) {
    viewer->SampleSeen(now);
    TakeSeen(*viewer, now);
    if (viewer->seen().waiting()) next = std::min(next, now + kSample);
    if (const auto due = viewer->seen().Next(settings_.rewind)) next = std::min(next, *due);
  }
  PassOver();
  if (next != Clock::time_point::max()) WatchSeenBy(next);
}

void StoredPlayhead::TakeSeen(StreamViewer& viewer, Clock::time_point now) {
  if (!seen_) return;
  const Position before = *seen_;
  viewer.seen().TakeSeen(now, settings_.rewind, [this](const FrameId& id) {
    if (Pass(*seen_, id)) seen_time_ = id.timestamp;
  });
  Commit(before);
}

void StoredPlayhead::PassOver() {
  if (!begun_ || !seen_ || !feeder_) return;
  const auto passed = feeder_->Passed();
  if (!passed) return;
  const Position before = *seen_;
  for (std::size_t partition = 0; partition < before.size(); ++partition) {
    const bool all_seen = before[partition] >= shown_[partition];
    if (all_seen) (*seen_)[partition] = std::max(before[partition], (*passed)[partition]);
  }
  Commit(before);
}

void StoredPlayhead::Commit(const Position& before) {
  if (group_.empty()) return;
  for (std::size_t partition = 0; partition < before.size(); ++partition) {
    if ((*seen_)[partition] == before[partition]) continue;
    settings_.context.CommitOffset(group_, {settings_.topic, static_cast<std::int32_t>(partition)},
                                   (*seen_)[partition]);
  }
}

}  // namespace framespool::mjpeg
