#include "playback/stream_viewer.h"

#include <framespool/http/chunked.h>

#include <boost/asio/post.hpp>
#include <utility>

#include "http/link_rule.h"
#include "playback/tcp_probe.h"

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAskAfter{50};  // the peer closed its side: is it still there?
constexpr std::chrono::milliseconds kAskFor{500};   // nothing given to the kernel for so long: is anything taken?
// ISO/IEC 14496-12, 8.1.2; as a chunk.
constexpr std::string_view kHarmlessChunk(
    "8\r\n"
    "\0\0\0\x08"
    "free"
    "\r\n",
    13);
constexpr std::string_view kHarmlessBox = kHarmlessChunk.substr(3, 8);
constexpr std::string_view kHarmlessHeader = "X-Framespool-Waiting: true\r\n";
constexpr std::string_view kBodyEndInChunks = "4\r\n--\r\n\r\n0\r\n\r\n";
static_assert(kBodyEndInChunks.substr(3, 4) == kBodyEnd && kBodyEndInChunks.ends_with(http::kLastChunk));

}  // namespace

StreamViewer::StreamViewer(Client client, const ViewerWish& wish, std::string topic,
                           std::shared_ptr<ScaledFrames> scaled, SinkCounters& counters)
    : channel_(std::move(client.channel)),
      wish_(wish),
      counters_(counters),
      cap_(wish.fps),
      topic_(std::move(topic)),
      scaled_(std::move(scaled)),
      socket_(std::move(client.socket)),
      ask_timer_(socket_.get_executor()) {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  PrepareStreamSocket(channel_.socket());
  ++counters_.viewers;
  if (wish_.mp4) ++counters_.video_viewers;
}

StreamViewer::~StreamViewer() {
  --counters_.viewers;
  if (wish_.mp4) --counters_.video_viewers;
}

void StreamViewer::Begin(ViewerOwner& owner, std::string head) {
  owner_ = &owner;
  head_ = std::move(head);
  Listen();
  pieces_ = {head_, {}, {}};
  Settle(Push(pieces_));
}

void StreamViewer::Send(const FramePtr& frame, const FramePtr& next) {
  repeating_ = false;
  Start(frame, next);
}

void StreamViewer::Repeat(const FramePtr& frame) {
  repeating_ = true;
  const bool other = wish_.width == 0 && announced_ && announced_->content_type != frame->content_type;
  Start(other ? FramePtr(announced_) : frame, nullptr);
}

bool StreamViewer::MaySee(const Frame& frame) const {
  return frame.run_up || Opens(wish_.link.get(), frame.id.timestamp);
}

void StreamViewer::Start(const FramePtr& frame, const FramePtr& next) {
  const bool same = last_ && last_->partition == frame->id.partition && last_->offset == frame->id.offset;
  copies_ = same ? copies_ + 1 : 1;
  last_ = frame->id;
  if (wish_.width > 0) return Order(frame);
  Write(frame, next);
}

void StreamViewer::Order(const FramePtr& frame) {
  if (!bell_) {
    bell_ = std::make_shared<Doorbell>(socket_.get_executor(), [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->OnOrderDone(true);
    });
  }
  order_ = scaled_->Get(topic_, frame, wish_.width, bell_);
  writing_ = true;
  if (order_->done()) OnOrderDone(false);
}

void StreamViewer::OnOrderDone(bool rung) {
  if (over_ || !order_ || !order_->done()) return;
  const FramePtr made = std::exchange(order_, nullptr)->frame();
  writing_ = false;
  Write(made, nullptr);
  if (rung && idle() && owner_ != nullptr) owner_->OnIdle(*this);
}

void StreamViewer::Write(const FramePtr& frame, const FramePtr& next) {
  const bool bounded = wish_.framing == Framing::kBoundary && !wish_.finite;
  Pieces pieces = wish_.mp4 ? Mp4Pieces(*frame) : bounded ? BoundaryPieces(frame, next) : LengthPieces(*frame);
  counters_.bytes_sent.Add(static_cast<std::int64_t>(frame->image.size()));
  if (!repeating_) counters_.frames_sent.Add(1);
  const Sent sent = Push(pieces);
  if (sent == Sent::kAll) NoteTaken(*frame);
  if (sent == Sent::kSome) {
    pieces_ = pieces;
    in_flight_ = frame;
  }
  Settle(sent);
}

StreamViewer::Pieces StreamViewer::LengthPieces(const Frame& frame) {
  if (wish_.chunked) {
    // What is finite has a playhead of its own, so its text is this viewer's. The tail's line break ends the chunk.
    static_assert(kLengthTail.ends_with(http::kChunkEnd));
    head_ =
        http::ChunkHead(frame.length_header.size() + frame.image.size() + kLengthTail.size() - http::kChunkEnd.size());
    head_ += frame.length_header;
    return {head_, frame.image.text(), kLengthTail};
  }
  // A finite body does without the line break at its very end, and so has one at its beginning.
  const std::size_t begin = wish_.finite ? 0 : 2;
  const std::string_view tail = wish_.finite ? kLengthTail.substr(0, kLengthTail.size() - 2) : kLengthTail;
  const std::string_view header = frame.length_header;
  if (frame.joined.empty()) return {header.substr(begin), frame.image.text(), tail};
  return {frame.joined.substr(begin, header.size() - begin + frame.image.size() + tail.size()), {}, {}};
}

StreamViewer::Pieces StreamViewer::BoundaryPieces(const FramePtr& frame, const FramePtr& next) {
  std::string_view first;
  if (!announced_) {
    first = frame->first_header;
  } else if (announced_->content_type != frame->content_type) {
    // The header that is out already is not this frame's, so it gets the picture that it announces.
    bridge_ = announced_->image.text();
    bridge_ += kLengthTail;
    bridge_ += frame->first_header;
    first = bridge_;
    bridged_ = true;
  }
  if (next && next->content_type != frame->content_type) {
    announced_ = next;
    ending_ = kLengthTail;
    ending_ += next->first_header;
    return {first, frame->image.text(), ending_};
  }
  announced_ = frame;
  if (frame->joined.empty()) return {first, frame->image.text(), frame->next_boundary};
  return {first, frame->joined.substr(frame->length_header.size()), {}};
}

StreamViewer::Pieces StreamViewer::Mp4Pieces(const Frame& frame) {
  std::string_view start;
  if (start_ != frame.start) {
    start_ = frame.start;
    start = start_->bytes.text();
  }
  if (!wish_.chunked) return {start, frame.placed, {}};
  if (start.empty()) return {frame.chunk, {}, {}};
  // One chunk of both: its head is another than the frame's, its end the same.
  head_ = http::ChunkHead(start.size() + frame.placed.size());
  return {head_, start, frame.chunk.substr(frame.chunk.size() - http::kChunkEnd.size() - frame.placed.size())};
}

std::string_view StreamViewer::Ending() const {
  if (wish_.mp4) return wish_.chunked ? http::kLastChunk : std::string_view();
  if (!wish_.finite) return {};
  return wish_.chunked ? kBodyEndInChunks : kBodyEnd;
}

void StreamViewer::Skip(const FrameId& id) {
  if (tracks_seen_) seen_.Sent(id, written_);
}

void StreamViewer::Finish() {
  if (over_ || finished_) return;
  finished_ = true;
  pieces_ = {Ending(), {}, {}};
  Settle(Push(pieces_));
}

void StreamViewer::Close() {
  over_ = true;
  owner_ = nullptr;
  in_flight_.reset();
  CancelOrder();
  ask_timer_.cancel();
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

http::Channel::Sent StreamViewer::Push(Pieces& pieces) {
  const Sent sent = channel_.Send(pieces);
  written_ = channel_.sent();
  progress_ = Clock::now();
  return sent;
}

void StreamViewer::Settle(Sent sent) {
  if (sent == Sent::kFailed) return Over();
  writing_ = sent == Sent::kSome;
  if (writing_) return WaitWritable();
  if (in_flight_) {
    NoteTaken(*in_flight_);
    in_flight_.reset();
  }
  if (std::exchange(bridged_, false)) bridge_ = {};
  if (finished_) return channel_.EndOutput();
  if (tracks_seen_ && last_ && !repeating_) seen_.Sent(*last_, written_);
}

void StreamViewer::NoteTaken(const Frame& frame) {
  if (!frame.fresh || repeating_) return;
  counters_.latency.Add(progress_ - frame.recorded_at);
  // What was there before the viewer has waited for him.
  if (frame.awaited && frame.read_at >= joined_)
    counters_.capture_to_viewer->RecordAlone(progress_ - frame.captured_at);
}

void StreamViewer::WaitWritable() {
  if (waiting_for_room_) return;
  waiting_for_room_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](error_code error) {
    self->waiting_for_room_ = false;
    if (self->over_) return;
    if (error) return self->Over();
    self->Settle(self->Push(self->pieces_));
    if (self->idle() && self->owner_ != nullptr) self->owner_->OnIdle(*self);
  });
}

void StreamViewer::Listen() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (self->over_) return;
    if (error) return self->Over();
    self->Drain();
  });
}

void StreamViewer::Drain() {
  char ignored[4096];
  // A viewer has nothing more to say; at most a few reads a turn, so that one who talks does not starve the others.
  for (int i = 0; i < 4; ++i) {
    const ssize_t got = channel_.Receive(ignored);
    if (got > 0) continue;
    if (got == 0) return SideClosed();
    if (http::HadToWait()) break;
    return Over();
  }
  Listen();
}

void StreamViewer::SideClosed() {
  seen_.SideClosed(written_, Clock::now());
  // From here only an error is news. A peer that closed both ways answers the next byte with a reset; one that closed
  // only its sending side goes on watching. Where no frame is due soon, one is sent again to find out.
  socket_.async_wait(asio::ip::tcp::socket::wait_error, [self = shared_from_this()](error_code) {
    if (!self->over_) self->Over();
  });
  ask_timer_.expires_after(kAskAfter);
  ask_timer_.async_wait([self = shared_from_this(), before = written_](error_code error) {
    if (error || self->over_ || !self->idle() || self->written_ != before || self->owner_ == nullptr ||
        self->finished_) {
      return;
    }
    if (self->wish_.mp4) {
      self->pieces_ = {self->wish_.chunked ? kHarmlessChunk : kHarmlessBox, {}, {}};
      self->Settle(self->Push(self->pieces_));
    } else if (FramePtr picture = self->last_ ? self->owner_->Picture() : nullptr; picture && self->MaySee(*picture)) {
      self->Repeat(picture);
    } else if (!self->announced_ && !self->wish_.finite) {
      self->pieces_ = {kHarmlessHeader, {}, {}};
      self->Settle(self->Push(self->pieces_));
    }
  });
}

bool StreamViewer::Stalled(Clock::time_point now, std::chrono::milliseconds limit) {
  if (over_) return false;
  if (wish_.admitted.stop_requested()) return true;
  if (finished_) return now - progress_ > limit;
  if (order_) progress_ = now;
  // Whoever was given something just now need not be asked; the first to be asked are those who may be stalling.
  if (now - progress_ < kAskFor) return false;
  if (const auto state = ProbeTcp(channel_.socket())) {
    if (state->acknowledged != acknowledged_ || (idle() && state->acknowledged >= written_)) progress_ = now;
    acknowledged_ = state->acknowledged;
  }
  return now - progress_ > limit;
}

void StreamViewer::TrackSeen() {
  if (tracks_seen_) return;
  tracks_seen_ = true;
  if (last_ && !writing_) seen_.Sent(*last_, written_);
}

void StreamViewer::SampleSeen(Clock::time_point now) {
  if (over_ || !seen_.waiting()) return;
  if (const auto state = ProbeTcp(channel_.socket())) seen_.Sample(*state, now);
}

void StreamViewer::CancelOrder() {
  // Nobody makes what nobody waits for.
  order_.reset();
  if (bell_) bell_->Cut();
  bell_.reset();
}

void StreamViewer::Over() {
  if (over_) return;
  over_ = true;
  writing_ = false;
  in_flight_.reset();
  CancelOrder();
  ask_timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  // Not at once: the playhead may be in the middle of its viewers.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->owner_ != nullptr) self->owner_->OnGone(*self);
  });
}

}  // namespace framespool::mjpeg
