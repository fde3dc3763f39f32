#pragma once

#include <array>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "framespool/access.h"
#include "http/client.h"
#include "picture/scaled_frames.h"
#include "playback/fps_cap.h"
#include "playback/seen_tracker.h"
#include "sink_counters.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

class StreamViewer;

/// The playhead a viewer watches. All calls come from the io thread's loop, never from within a call into the viewer.
class ViewerOwner {
 public:
  virtual ~ViewerOwner() = default;
  /// The viewer has taken all it was sent, after a time in which it had not.
  virtual void OnIdle(StreamViewer& viewer) = 0;
  /// The connection is over. The owner lets go of the viewer.
  virtual void OnGone(StreamViewer& viewer) = 0;
  /// The frame shown last; null when there was none.
  virtual FramePtr Picture() const = 0;
};

enum class Framing { kBoundary, kLength };

/// What one viewer asked for, beside where to begin.
struct ViewerWish {
  Framing framing = Framing::kBoundary;
  bool unpaced = false;
  double speed = 1;
  double fps = 0;                               // at most; 0: every frame
  int width = 0;                                // 0: frames as they are
  bool finite = false;                          // the body has an end, and is well-formed up to it
  bool mp4 = false;                             // the body is a fragmented MP4, of frames that have a start
  bool chunked = false;                         // the body goes out in chunks (HTTP/1.1); only of these two kinds
  std::shared_ptr<const ViewerLink> link = {};  // by which he was let in; null: by none
  std::stop_token admitted = {};                // asked to stop when he would not be let in any more
};

/// One connection that watches a stream: one part in flight, written without waiting and without copying the image.
/// Lives on its port's io thread; owned by its playhead.
class alignas(64) StreamViewer : public std::enable_shared_from_this<StreamViewer> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `topic` names the frames for `scaled`, which is used where the wish has a width.
  StreamViewer(Client client, const ViewerWish& wish, std::string topic, std::shared_ptr<ScaledFrames> scaled,
               SinkCounters& counters);
  ~StreamViewer();

  /// Writes the response's head and listens for the end of the connection. `owner` outlives the viewer or Close()s it.
  void Begin(ViewerOwner& owner, std::string head);
  /// True when a frame may be sent.
  bool idle() const { return !writing_ && !over_ && !finished_; }
  /// True when it was sent any frame.
  bool shown() const { return last_.has_value(); }
  /// `next`: what will probably be sent after it; null where that is not known.
  void Send(const FramePtr& frame, const FramePtr& next = nullptr);
  /// Whether the frame that is due at `due` is within the viewer's fps; one that is not must be Skip()ped.
  bool Takes(Clock::time_point due) { return cap_.Takes(due); }
  /// Whether it is one of those that the viewer's link opens; one that is not must be Skip()ped. What a decoder needs
  /// to begin is.
  bool MaySee(const Frame& frame) const;
  Clock::time_point takes_next() const { return cap_.next(); }
  void Skip(const FrameId& id);
  /// All there is has been sent: ends the body, then the connection.
  void Finish();
  bool finished() const { return finished_; }
  /// Sends a frame again that it, or another viewer of the playhead, has been shown.
  void Repeat(const FramePtr& frame);
  /// framing=length: true when `picture` is what it was sent last, and once only, so that no browser shows it yet.
  bool LacksSuccessor(const FrameId& picture) const {
    return wish_.framing == Framing::kLength && idle() && copies_ == 1 && last_ &&
           last_->partition == picture.partition && last_->offset == picture.offset;
  }
  const ViewerWish& wish() const { return wish_; }
  void Close();

  /// True when nothing has gone through for `limit` though something was to, or who watches would not be let in any
  /// more.
  bool Stalled(Clock::time_point now, std::chrono::milliseconds limit);
  /// True when nothing waits to be taken, or something was taken just now.
  bool Flows(Clock::time_point now) const { return idle() || now - progress_ < std::chrono::milliseconds(250); }
  /// Follows from here on which frames are seen; a playhead asks it of a few of its viewers.
  void TrackSeen();
  bool tracks_seen() const { return tracks_seen_; }
  void SampleSeen(Clock::time_point now);
  SeenTracker& seen() { return seen_; }

  /// Asks for what every frame touches to be in the CPU's caches soon.
  void Prefetch() const {
    const auto* begin = reinterpret_cast<const char*>(this);
    for (std::size_t line = 0; line < kHotBytes; line += 64) __builtin_prefetch(begin + line);
  }

  // The owner's notes on this viewer.
  std::uint64_t next_turn = 0;  // the playhead's turn it waits for
  Position cursor;              // what it wants next
  bool needs_beginning = true;  // of an MP4: it cannot go on but with a frame that begins

 private:
  using Pieces = std::array<std::string_view, 3>;
  using Sent = http::Channel::Sent;

  void Start(const FramePtr& frame, const FramePtr& next);
  void Order(const FramePtr& frame);
  /// `rung`: not from within a call of the owner.
  void OnOrderDone(bool rung);
  void CancelOrder();
  void Write(const FramePtr& frame, const FramePtr& next);
  Pieces LengthPieces(const Frame& frame);
  Pieces BoundaryPieces(const FramePtr& frame, const FramePtr& next);
  Pieces Mp4Pieces(const Frame& frame);
  /// What ends a body that has an end.
  std::string_view Ending() const;
  /// Gives the kernel what it takes of `pieces`, which keep the rest.
  Sent Push(Pieces& pieces);
  void Settle(Sent sent);
  /// The connection has all of it, at progress_.
  void NoteTaken(const Frame& frame);
  void WaitWritable();
  void Listen();
  void Drain();
  void SideClosed();
  void Over();

  // First what every frame touches, the owner's notes included: with hundreds of viewers each cache line counts.
  static constexpr std::size_t kHotBytes = 256;
  http::Channel channel_;
  const ViewerWish wish_;
  bool writing_ = false;  // a frame is on its way, or being made
  bool over_ = false;
  bool finished_ = false;
  bool repeating_ = false;
  bool tracks_seen_ = false;
  bool bridged_ = false;
  int copies_ = 0;             // of the frame sent last
  std::uint64_t written_ = 0;  // as TCP counts
  Clock::time_point progress_ = Clock::now();
  const Clock::time_point joined_ = progress_;
  std::optional<FrameId> last_;
  SinkCounters& counters_;
  FpsCap cap_;
  FramePtr announced_;  // framing=boundary: the header of the next part is out, and names this one's type
  std::shared_ptr<const media::Mp4Start> start_;  // sent last
  FramePtr in_flight_;                            // the kernel did not take all of it yet; this is left:
  Pieces pieces_;
  std::string head_, bridge_, ending_;  // texts of the viewer's own among the pieces
  bool waiting_for_room_ = false;

  const std::string topic_;
  const std::shared_ptr<ScaledFrames> scaled_;
  std::shared_ptr<Doorbell> bell_;
  ScaledFrames::OrderPtr order_;

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer ask_timer_;
  ViewerOwner* owner_ = nullptr;
  std::uint64_t acknowledged_ = 0;
  SeenTracker seen_;
};

}  // namespace framespool::mjpeg
