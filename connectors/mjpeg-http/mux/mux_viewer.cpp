#include "mux/mux_viewer.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "playback/tcp_probe.h"
#include "topic/moment.h"

namespace framespool::mjpeg {

namespace {

using boost::system::error_code;

constexpr std::chrono::seconds kHeartbeat{2};
constexpr std::chrono::seconds kStall{10};
constexpr std::chrono::seconds kTellClock{1};
// A topic of pictures may have become one of video.
constexpr std::chrono::seconds kAskAgain{10};
// How long all streams wait for one that is slow to read.
constexpr std::chrono::seconds kInStep{1};

std::string_view Name(MuxChannel::State state) {
  switch (state) {
    case MuxChannel::State::kEnded: return "ended";
    case MuxChannel::State::kWaiting: return "waiting";
    case MuxChannel::State::kLive: return "live";
    case MuxChannel::State::kPlaying: return "playing";
    case MuxChannel::State::kGap: return "gap";
    case MuxChannel::State::kUnknown: break;
  }
  return "unknown";
}

std::string ReasonOf(const MuxChannel::View& view, const std::string& name) {
  switch (view.state) {
    case MuxChannel::State::kEnded:
      return "the sink " + name + " has stopped; its frames go on here when it runs again";
    case MuxChannel::State::kWaiting:
      if (!view.no_picture.empty()) return "the topic " + view.topic + " has no picture: " + view.no_picture;
      return "the topic of " + name + " has no picture yet";
    case MuxChannel::State::kUnknown: return "no MjpegHttpSink called " + name + " runs in this worker";
    case MuxChannel::State::kGap:
      return "the topic " + view.topic + " has no picture of this moment; " + view.no_picture;
    case MuxChannel::State::kLive:
    case MuxChannel::State::kPlaying: break;
  }
  return {};
}

}  // namespace

MuxViewer::MuxViewer(Client client, MuxQuery query, Page page, MuxChannels& channels,
                     std::shared_ptr<ScaledFrames> scaled)
    : socket_(std::move(client.socket)),
      channel_(std::move(client.channel)),
      timer_(socket_.get_executor()),
      query_(std::move(query)),
      page_(std::move(page)),
      channels_(channels),
      scaled_(std::move(scaled)) {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  PrepareStreamSocket(socket_.native_handle());
  // Signs of life are too small to fill a buffer: without this, a peer that went without a word would stay for minutes.
  const int patience = 15'000;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
}

void MuxViewer::Begin(std::string head) {
  bell_ = std::make_shared<Doorbell>(socket_.get_executor(), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->Pump();
  });
  for (std::size_t i = 0; i < query_.streams.size(); ++i) {
    Stream& stream = streams_.emplace_back();
    stream.channel = channels_.Of(query_.streams[i]);
    stream.plays = query_.plays[i];
    if (query_.past) {
      stream.channel->Await(bell_);
    } else if (stream.plays.any()) {
      stream.video = true;
      stream.asked = Clock::now();
      stream.channel->WatchVideo(bell_);
    } else {
      stream.channel->Watch(bell_);
    }
  }
  if (query_.past) clock_.emplace(query_.past->from, query_.past->speed);
  head_ = std::move(head);
  in_flight_ = NamesMessage(query_.streams);
  pieces_[0] = head_;
  std::ranges::copy(in_flight_.pieces(), pieces_.begin() + 1);
  Listen();
  Flush();
  Pump();
}

void MuxViewer::Close() {
  if (over_) return;
  over_ = true;
  bell_->Cut();
  for (const Stream& stream : streams_) {
    if (stream.past) stream.channel->Leave(stream.past);
    stream.channel->Unwatch(bell_);
  }
  // The orders go with the bell: nobody makes what nobody waits for.
  streams_.clear();
  bell_.reset();
  timer_.cancel();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void MuxViewer::Pump() {
  if (page_.admitted.stop_requested()) Close();
  while (!over_ && !writing_) {
    const auto now = Clock::now();
    auto message = Next(now);
    if (!message) {
      if (PastIsOver(now)) return Close();
      break;
    }
    in_flight_ = std::move(*message);
    pieces_ = {};
    std::ranges::copy(in_flight_.pieces(), pieces_.begin());
    Flush();
  }
  if (!over_) Wait(Clock::now());
}

std::optional<MuxMessage> MuxViewer::Next(Clock::time_point now) {
  wake_ = now + kHeartbeat;
  if (clock_) {
    // What is of one moment is sent before the next one is looked at, so that all streams show the same.
    if (std::none_of(streams_.begin(), streams_.end(), [&](const Stream& stream) { return Owes(stream, now); })) {
      LookAtClock(now);
    }
    if (auto message = TellClock(now)) return message;
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::size_t index = (next_ + i) % streams_.size();
    if (auto message = NextOf(index, now)) {
      next_ = index + 1;
      return message;
    }
    wake_ = std::min(wake_, streams_[index].spoke + kHeartbeat);
  }
  return std::nullopt;
}

std::optional<MuxMessage> MuxViewer::NextOf(std::size_t index, Clock::time_point now) {
  Stream& stream = streams_[index];
  if (stream.video) return NextOfVideo(index, now);
  const std::string& name = query_.streams[index];
  const MuxChannel::View view = ViewOf(stream);
  if (const std::string reason = Forbidden(view, name); !reason.empty()) return TellForbidden(index, reason, now);
  if (TurnToVideo(stream, view, now)) return NextOfVideo(index, now);
  const std::string_view state = Name(view.state);
  if (!view.frame) stream.order.reset();
  if (state != stream.told || view.no_picture != stream.no_picture) {
    stream.no_picture = view.no_picture;
    return Tell(index, state, ReasonOf(view, name), now);
  }
  if (stream.order && stream.order->done()) {
    const auto order = std::exchange(stream.order, nullptr);
    return Picture(index, *order->frame(), now);
  }
  const std::int64_t slot = SlotAt(now);
  if (view.frame && view.turn != stream.turn && !stream.order) {
    if (slot == stream.slot) {
      const std::chrono::duration<double> due((static_cast<double>(slot) + 1) / query_.fps);
      wake_ = std::min(wake_, Clock::time_point(std::chrono::ceil<Clock::duration>(due)));
    } else {
      stream.turn = view.turn;
      stream.slot = slot;
      const int width = query_.widths[index];
      if (width == 0) {
        return Picture(index, *view.frame, now);
      }
      stream.order = scaled_->Get(view.topic, view.frame, width, bell_);
      if (stream.order->done()) return NextOf(index, now);
    }
  }
  if (now < stream.spoke + kHeartbeat) return std::nullopt;
  return Tell(index, state, ReasonOf(view, name), now);
}

std::optional<MuxMessage> MuxViewer::NextOfVideo(std::size_t index, Clock::time_point now) {
  Stream& stream = streams_[index];
  const std::string& name = query_.streams[index];
  const auto looked = stream.channel->LookAtVideo(stream.place);
  if (const std::string reason = Forbidden(looked.view, name); !reason.empty()) {
    return TellForbidden(index, reason, now);
  }
  const bool plays = !looked.codec || stream.plays(*looked.codec);
  if (!plays) stream.plays = {};
  if (!plays || looked.kind == MuxVideo::Kind::kNone) {
    TurnToPictures(stream);
    return NextOf(index, now);
  }
  // What was there a moment ago is not to be said to be missing while one looks.
  const bool looks = looked.kind == MuxVideo::Kind::kUnknown && stream.told == Name(MuxChannel::State::kLive) &&
                     looked.view.state == MuxChannel::State::kWaiting;
  const std::string_view state = looks ? stream.told : Name(looked.view.state);
  const MuxVideo::Next& next = looked.next;
  if (next.fragment && next.begins) {
    // Said before the first of its fragments, which is taken when this is out.
    stream.place = {next.behind.file, next.behind.next - 1};
    stream.start.reset();
    stream.told = state;
    stream.spoke = now;
    return VideoBeginsMessage(index, name, next.fragment->start->codecs);
  }
  if (next.fragment) {
    stream.place = next.behind;
    stream.spoke = now;
    const bool starts = std::exchange(stream.start, next.fragment->start) != next.fragment->start;
    return VideoMessage(index, next.fragment, starts);
  }
  if (state == stream.told && now < stream.spoke + kHeartbeat) return std::nullopt;
  return Tell(index, state, ReasonOf(looked.view, name), now);
}

void MuxViewer::TurnToPictures(Stream& stream) {
  stream.video = false;
  stream.place = {};
  stream.channel->Unwatch(bell_);
  stream.channel->Watch(bell_);
}

bool MuxViewer::TurnToVideo(Stream& stream, const MuxChannel::View& view, Clock::time_point now) {
  if (!stream.plays.any() || !view.frame || !view.frame->decoded || now - stream.asked < kAskAgain) return false;
  stream.video = true;
  stream.asked = now;
  stream.order.reset();
  stream.channel->Unwatch(bell_);
  stream.channel->WatchVideo(bell_);
  return true;
}

MuxChannel::View MuxViewer::ViewOf(const Stream& stream) const {
  MuxChannel::View view = stream.channel->Look();
  if (!clock_) return view;
  const bool runs = view.state == MuxChannel::State::kLive || view.state == MuxChannel::State::kWaiting;
  view.frame.reset();
  view.no_picture.clear();
  if (!runs) return view;
  const PastStream::View& past = stream.in_the_past;
  view.turn = past.turn;
  view.frame = past.frame;
  if (past.frame) {
    view.state = MuxChannel::State::kPlaying;
  } else if (!stream.past || past.reads) {
    view.state = MuxChannel::State::kWaiting;
  } else {
    view.state = MuxChannel::State::kGap;
    view.no_picture = past.next ? "the next is of " + TimeText(*past.next) : "there is none behind it";
  }
  return view;
}

void MuxViewer::LookAtClock(Clock::time_point now) {
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = streams_[i];
    if (stream.past) continue;
    const MuxChannel::View view = stream.channel->Look();
    if (!view.origins || !Forbidden(view, query_.streams[i]).empty()) continue;
    stream.past = stream.channel->Past(clock_->At(now), clock_->speed(), bell_);
  }
  const Timestamp moment = std::min(clock_->At(now), query_.past->until.value_or(Timestamp::max()));
  std::vector<PastStream::View> views;
  for (const Stream& stream : streams_) views.push_back(stream.past ? stream.past->At(moment) : PastStream::View{});
  if (const auto held = HeldUntil(views, now)) {
    clock_->Hold(now);
    wake_ = std::min(wake_, *held);
    return;
  }
  for (std::size_t i = 0; i < streams_.size(); ++i) streams_[i].in_the_past = std::move(views[i]);
  clock_->Go(now);
  SkipGap(now);
  for (const Stream& stream : streams_) {
    if (stream.in_the_past.next) wake_ = std::min(wake_, clock_->When(*stream.in_the_past.next, now));
  }
}

bool MuxViewer::Owes(const Stream& stream, Clock::time_point now) const {
  const PastStream::View& view = stream.in_the_past;
  return stream.order || (view.frame && view.turn != stream.turn && SlotAt(now) != stream.slot);
}

std::optional<MuxViewer::Clock::time_point> MuxViewer::HeldUntil(const std::vector<PastStream::View>& views,
                                                                 Clock::time_point now) {
  std::optional<Clock::time_point> until;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    Stream& stream = streams_[i];
    if (!views[i].reads) {
      stream.reading_since.reset();
      continue;
    }
    if (!stream.reading_since) stream.reading_since = now;
    const auto patience = *stream.reading_since + kInStep;
    if (now < patience && (!until || patience > *until)) until = patience;
  }
  return until;
}

/// Where nothing is recorded of any stream for a while, the clock goes on behind that.
void MuxViewer::SkipGap(Clock::time_point now) {
  if (!clock_->runs()) return;
  std::optional<Timestamp> next;
  for (const Stream& stream : streams_) {
    const PastStream::View& view = stream.in_the_past;
    if (view.frame || view.reads) return;
    if (view.next && (!next || *view.next < *next)) next = view.next;
  }
  if (!next || *next - clock_->At(now) <= kLeastGap) return;
  clock_->JumpTo(*next, now);
  clock_told_.reset();
}

std::optional<MuxMessage> MuxViewer::TellClock(Clock::time_point now) {
  if (clock_told_ && now < *clock_told_ + kTellClock) {
    wake_ = std::min(wake_, *clock_told_ + kTellClock);
    return std::nullopt;
  }
  clock_told_ = now;
  return ClockMessage(clock_->At(now), clock_->speed());
}

bool MuxViewer::PastIsOver(Clock::time_point now) const {
  if (!clock_ || !query_.past->until || clock_->At(now) < *query_.past->until) return false;
  return std::none_of(streams_.begin(), streams_.end(), [&](const Stream& stream) {
    return stream.order || (stream.reading_since && now < *stream.reading_since + kInStep);
  });
}

std::string MuxViewer::Forbidden(const MuxChannel::View& view, const std::string& name) const {
  if (view.origins && !view.origins->Allows(page_.origin, page_.host)) {
    return name + " does not allow pages from " + page_.origin + ": see access.control.allow.origin";
  }
  if (view.access && !page_.known && !view.access->Admits(page_.authorization)) {
    return name + " wants a password or a token in the header Authorization: see http.basic.auth";
  }
  return {};
}

MuxMessage MuxViewer::Picture(std::size_t index, const Frame& frame, Clock::time_point now) {
  const std::uint8_t type = MuxType(frame.content_type);
  if (type == 0)
    return Tell(index, streams_[index].told, "only JPEG, PNG and WebP are sent here, not " + frame.content_type, now);
  streams_[index].spoke = now;
  return PictureMessage(index, type, frame.id, frame.image);
}

std::optional<MuxMessage> MuxViewer::TellForbidden(std::size_t index, const std::string& reason,
                                                   Clock::time_point now) {
  const Stream& stream = streams_[index];
  if (stream.told == "forbidden" && now < stream.spoke + kHeartbeat) return std::nullopt;
  return Tell(index, "forbidden", reason, now);
}

MuxMessage MuxViewer::Tell(std::size_t index, std::string_view state, const std::string& reason,
                           Clock::time_point now) {
  streams_[index].told = state;
  streams_[index].spoke = now;
  return StateMessage(index, query_.streams[index], state, reason);
}

// Stretches of time are the same for all connections, so that those with the same fps take the same frames, which are
// then scaled once.
std::int64_t MuxViewer::SlotAt(Clock::time_point now) const {
  if (query_.fps <= 0) return now.time_since_epoch().count();
  return static_cast<std::int64_t>(std::chrono::duration<double>(now.time_since_epoch()).count() * query_.fps);
}

void MuxViewer::Wait(Clock::time_point now) {
  timer_.expires_at(writing_ ? progress_ + kStall : std::max(wake_, now + std::chrono::milliseconds(1)));
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->over_) return;
    if (self->writing_ && Clock::now() - self->progress_ >= kStall) return self->Close();
    self->Pump();
  });
}

void MuxViewer::Flush() {
  writing_ = true;
  const std::uint64_t before = channel_.sent();
  const http::Channel::Sent sent = channel_.Send(pieces_);
  if (channel_.sent() != before) progress_ = Clock::now();
  if (sent == http::Channel::Sent::kSome) return WaitWritable();
  if (sent == http::Channel::Sent::kFailed) return Close();
  writing_ = false;
  in_flight_ = {};
}

void MuxViewer::WaitWritable() {
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    if (self->over_) return;
    if (error) return self->Close();
    self->Flush();
    if (self->over_ || self->writing_) return;
    // What was scaled while nothing could be sent has aged; where there is a newer frame, that one is taken.
    for (Stream& stream : self->streams_) {
      if (!stream.order || !stream.order->done() || self->ViewOf(stream).turn == stream.turn) continue;
      stream.order.reset();
      stream.slot = -1;
    }
    self->Pump();
  });
}

void MuxViewer::Listen() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    if (self->over_) return;
    if (error) return self->Close();
    char ignored[4096];
    // At most a few reads a turn, so that one who talks does not starve the others.
    for (int i = 0; i < 4; ++i) {
      const ssize_t got = self->channel_.Receive(ignored);
      if (got > 0) continue;
      // A peer that closed both ways answers the next sign of life with a reset; one that closed only its sending side
      // goes on watching.
      if (got == 0) return;
      if (http::HadToWait()) break;
      return self->Close();
    }
    self->Listen();
  });
}

}  // namespace framespool::mjpeg
