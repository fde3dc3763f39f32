#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.h"
#include "mux/mux_channel.h"
#include "mux/mux_message.h"
#include "mux/mux_query.h"
#include "mux/past_clock.h"
#include "mux/past_stream.h"
#include "picture/doorbell.h"
#include "picture/scaled_frames.h"

namespace framespool::mjpeg {

/// One connection that watches many streams in one body. One message is on its way at a time and the next one is chosen
/// only when that is out, so a slow reader gets newer frames, never a queue; streams take turns. Lives on its port's io
/// thread and keeps itself alive until the connection is over or Close().
class MuxViewer : public std::enable_shared_from_this<MuxViewer> {
 public:
  using Clock = std::chrono::steady_clock;
  using Socket = boost::asio::ip::tcp::socket;
  /// What the page behind the connection says of itself: what a sink's policies ask for.
  struct Page {
    std::string origin;
    std::string host;
    std::string authorization;
    bool known = false;  // to the worker: then it needs nothing else, until
    std::stop_token admitted = {};
  };

  MuxViewer(Client client, MuxQuery query, Page page, MuxChannels& channels, std::shared_ptr<ScaledFrames> scaled);

  void Begin(std::string head);
  void Close();
  bool over() const { return over_; }
  bool in_the_past() const { return query_.past.has_value(); }

 private:
  struct Stream {
    std::shared_ptr<MuxChannel> channel;
    std::string_view told;         // the state said last
    std::string no_picture;        // and what it lacked
    std::uint64_t turn = 0;        // of the frame taken last
    std::int64_t slot = -1;        // the stretch of time (1/fps long) in which it was taken
    ScaledFrames::OrderPtr order;  // that frame, on its way to `width`
    Clock::time_point spoke;       // when anything was sent of it
    std::shared_ptr<PastStream> past;
    PastStream::View in_the_past{nullptr, 0, {}, true};  // as it was when the clock was last looked at
    std::optional<Clock::time_point> reading_since;      // what the clock waits for
    MuxQuery::Plays plays;                               // what it may be of video, as it is
    bool video = false;       // it is, or is to be as soon as it is known what the topic holds
    Clock::time_point asked;  // when that was asked last
    MuxVideo::Place place;
    std::shared_ptr<const media::Mp4Start> start;  // sent last
  };

  void Pump();
  std::optional<MuxMessage> Next(Clock::time_point now);
  std::optional<MuxMessage> NextOf(std::size_t index, Clock::time_point now);
  std::optional<MuxMessage> NextOfVideo(std::size_t index, Clock::time_point now);
  void TurnToPictures(Stream& stream);
  /// The same where the topic holds video after all.
  bool TurnToVideo(Stream& stream, const MuxChannel::View& view, Clock::time_point now);
  MuxChannel::View ViewOf(const Stream& stream) const;
  /// True when a frame of the moment is still to be sent.
  bool Owes(const Stream& stream, Clock::time_point now) const;
  /// Moves the clock, and takes the frames of its moment.
  void LookAtClock(Clock::time_point now);
  /// How long it waits for a stream that still reads what is of its moment; nothing when it does not.
  std::optional<Clock::time_point> HeldUntil(const std::vector<PastStream::View>& views, Clock::time_point now);
  void SkipGap(Clock::time_point now);
  std::optional<MuxMessage> TellClock(Clock::time_point now);
  bool PastIsOver(Clock::time_point now) const;
  MuxMessage Picture(std::size_t index, const Frame& frame, Clock::time_point now);
  /// Why the sink does not let the page see it; empty when it does.
  std::string Forbidden(const MuxChannel::View& view, const std::string& name) const;
  MuxMessage Tell(std::size_t index, std::string_view state, const std::string& reason, Clock::time_point now);
  std::optional<MuxMessage> TellForbidden(std::size_t index, const std::string& reason, Clock::time_point now);
  std::int64_t SlotAt(Clock::time_point now) const;
  void Wait(Clock::time_point now);
  void Flush();
  void WaitWritable();
  void Listen();

  Socket socket_;
  http::Channel channel_;
  boost::asio::steady_timer timer_;
  const MuxQuery query_;
  const Page page_;
  MuxChannels& channels_;
  const std::shared_ptr<ScaledFrames> scaled_;
  std::shared_ptr<Doorbell> bell_;
  std::vector<Stream> streams_;
  std::size_t next_ = 0;    // whose turn it is
  Clock::time_point wake_;  // when Next() may have something without a ring
  std::optional<PastClock> clock_;
  std::optional<Clock::time_point> clock_told_;

  std::string head_;
  MuxMessage in_flight_;
  std::array<std::string_view, 4> pieces_;
  bool writing_ = false;
  bool over_ = false;
  Clock::time_point progress_ = Clock::now();
};

}  // namespace framespool::mjpeg
