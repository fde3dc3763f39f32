#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "playback/pacer.h"
#include "playback/playhead.h"

namespace framespool::mjpeg {

/// A playhead that delivers every frame in order, at the recorded pace, and knows which ones were seen.
/// `playback=resume`, `group=` and `from=` are made of it, and all of /video.
///
/// Two positions matter. `seen_` stands behind the newest frame that some viewer has seen: it is what is stored, and
/// where reading begins when the first viewer comes. The window holds the frames shown lately. A viewer that joins
/// begins at `seen_`, so that nothing is lost when the others turn out to be the page that was just being reloaded.
class StoredPlayhead final : public Playhead {
 public:
  /// kLive: it waits for no viewer, and begins at the span's origin whenever the first one comes.
  enum class Waits { kForTheFastest, kLive };
  /// `group` empty: the position is not stored.
  StoredPlayhead(boost::asio::io_context& io, const PlayheadSettings& settings, std::string group, Feeder::Span span,
                 Waits waits = Waits::kForTheFastest);

  void Open() override;
  void Join(std::shared_ptr<StreamViewer> viewer) override;
  void Sweep(Clock::time_point now, std::chrono::milliseconds limit) override;
  std::unique_ptr<Feeder> Close() override;
  std::optional<Standing> standing() const override;
  void OnIdle(StreamViewer& viewer) override;

 private:
  struct Turn {
    FramePtr frame;
    Clock::time_point shown_at;
    Clock::time_point due;
  };

  void OnFed();
  void OnBeginning(Feeder::Beginning beginning);
  void Advance();
  void Show(FramePtr frame, Clock::time_point due);
  void Serve(StreamViewer& viewer);
  bool SomeoneWaits() const;
  /// Of an MP4: lets the viewer go on with a frame that begins: of those in the window the last one up to `turn`, else
  /// the first one behind it; where there is none, the next that comes.
  void BeginAnew(StreamViewer& viewer, std::uint64_t turn);
  /// The turn of the first frame in the window that nobody has seen.
  std::uint64_t FirstUnseen() const;
  bool WindowReaches(const Position& position) const;
  /// `needed`: the first turn that a viewer still waits for.
  void TrimWindow(Clock::time_point now, std::uint64_t needed);
  void Restart();
  void FinishIfEnded();
  void Leave(StreamViewer& viewer) override;
  void Rest() override;

  void ChooseWitnesses(Clock::time_point now);
  void WatchSeenBy(Clock::time_point time);
  void SampleSeen();
  void TakeSeen(StreamViewer& viewer, Clock::time_point now);
  /// Behind what has been shown, where that has been seen, moves the position on past records that are no frames.
  void PassOver();
  /// Stores the position where it is no longer `before`.
  void Commit(const Position& before);

  const std::string group_;
  const Feeder::Span span_;
  const bool live_;
  boost::asio::steady_timer pace_timer_;
  boost::asio::steady_timer picture_timer_;
  boost::asio::steady_timer seen_timer_;
  Clock::time_point seen_due_ = Clock::time_point::max();
  std::vector<StreamViewer*> tracked_;  // those of viewers_ whose acknowledgements are followed

  std::optional<Position> seen_;
  std::optional<Timestamp> seen_time_;
  bool begun_ = false;              // the feeder stands where it was told to, not still on its way
  bool picture_may_serve_ = false;  // a viewer for whom there is nothing new gets the picture

  FramePtr upcoming_;  // the one behind the window, where it is known
  std::deque<Turn> window_;
  std::size_t window_bytes_ = 0;
  Position shown_;                    // behind the newest frame shown, or where reading began
  Position window_start_;             // every frame from here to the newest shown is in the window
  std::uint64_t next_turn_ = 0;       // of the next frame to show; the window ends before it
  std::uint64_t beginning_turn_ = 0;  // of the newest frame that begins
  Pacer pacer_;
};

}  // namespace framespool::mjpeg
