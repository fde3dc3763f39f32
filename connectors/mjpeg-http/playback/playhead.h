#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "playback/stream_viewer.h"
#include "topic/feeder.h"

namespace framespool::mjpeg {

/// What every playhead of one sink shares. Outlives them.
struct PlayheadSettings {
  ViewContext& context;
  std::string topic;
  std::chrono::milliseconds rewind{250};
  SinkCounters& counters;
  std::shared_ptr<ScaledFrames> scaled;
  const TopicSource& tracks;
};

/// One position in the topic that moves while someone watches, with its viewers. Lives on its port's io thread; owned
/// by the SinkSite.
class Playhead : public ViewerOwner, public std::enable_shared_from_this<Playhead> {
 public:
  using Clock = std::chrono::steady_clock;

  Playhead(boost::asio::io_context& io, const PlayheadSettings& settings)
      : io_(io), settings_(settings), successor_timer_(io) {}

  /// Begins to read; once, after construction.
  virtual void Open() = 0;
  /// `viewer` has begun and wants frames.
  virtual void Join(std::shared_ptr<StreamViewer> viewer) = 0;
  /// Drops the viewers that take nothing for `limit`; called about once a second.
  virtual void Sweep(Clock::time_point now, std::chrono::milliseconds limit);
  /// Drops everyone. Returns the feeder, told to stop, for a thread that may wait to destroy.
  virtual std::unique_ptr<Feeder> Close();

  std::size_t viewers() const { return viewers_.size(); }
  /// Since when nobody watches.
  Clock::time_point idle_since() const { return idle_since_; }

  struct Standing {
    Position position;                   // the next frame to deliver
    std::optional<Timestamp> last_time;  // of the newest frame delivered
  };
  /// Nothing before it is known.
  virtual std::optional<Standing> standing() const = 0;
  /// When it last had a new frame to show.
  std::optional<Clock::time_point> shown_at() const { return shown_at_; }

  /// Why there is no picture, in words, where records are there.
  std::string no_picture() const { return feeder_ ? feeder_->NoPicture() : std::string(); }

  void OnGone(StreamViewer& viewer) override { Leave(viewer); }
  FramePtr Picture() const override { return picture_; }

 protected:
  void Enter(std::shared_ptr<StreamViewer> viewer);
  /// What a new frame does to each viewer. Sending to one drives the others out of the CPU's caches, so the next two
  /// are fetched meanwhile.
  template <class F>
  void ForEachViewer(F&& f) {
    const std::size_t count = viewers_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (i + 2 < count) viewers_[i + 2]->Prefetch();
      if (i + 1 < count) __builtin_prefetch(viewers_[i + 1]->cursor.data());
      f(*viewers_[i]);
    }
  }
  virtual void Leave(StreamViewer& viewer);
  /// Whether someone wants frames as fast as they are read.
  bool AnyUnpaced() const { return any_unpaced_; }
  /// `frame` as it is best sent to all who watch now.
  FramePtr ForAll(FramePtr frame) const;
  /// That of the fastest viewer.
  double Speed() const { return speed_; }
  /// A new picture has gone out: viewers with framing=length get it once more unless a newer one follows soon.
  void AwaitSuccessor();
  /// The last viewer has left.
  virtual void Rest() = 0;

  boost::asio::io_context& io_;
  const PlayheadSettings& settings_;
  std::unique_ptr<Feeder> feeder_;
  std::vector<std::shared_ptr<StreamViewer>> viewers_;
  FramePtr picture_;  // shown last
  std::optional<Clock::time_point> shown_at_;

 private:
  void LookAround();

  bool any_unpaced_ = false;
  bool any_length_ = false;
  double speed_ = 1;
  boost::asio::steady_timer successor_timer_;
  Clock::time_point idle_since_ = Clock::now();
};

}  // namespace framespool::mjpeg
