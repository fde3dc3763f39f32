#include "stream_viewer.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <boost/asio/post.hpp>
#include <cerrno>

#include "tcp_probe.h"

namespace framespool::mjpeg {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::milliseconds kShowAfter{100};   // framing=length: no newer frame came
constexpr std::chrono::milliseconds kAskAfter{50};     // the peer closed its side: is it still there?
constexpr std::string_view kHarmlessHeader = "X-Framespool-Waiting: true\r\n";

}  // namespace

StreamViewer::StreamViewer(Socket socket, Framing framing, bool unpaced, SinkCounters& counters)
    : socket_(std::move(socket)), linger_(socket_.get_executor()), framing_(framing), unpaced_(unpaced), counters_(counters) {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  PrepareStreamSocket(socket_.native_handle());
  ++counters_.viewers;
}

StreamViewer::~StreamViewer() { --counters_.viewers; }

void StreamViewer::Begin(ViewerOwner& owner, std::string head) {
  owner_ = &owner;
  head_ = std::move(head);
  Listen();
  Write({head_, {}, {}});
}

void StreamViewer::Send(FramePtr frame) {
  linger_.cancel();
  repeating_ = false;
  last_ = frame->id;
  in_flight_ = std::move(frame);
  if (framing_ == Framing::kLength) {
    Write({in_flight_->length_header, in_flight_->image.text(), kLengthTail});
  } else {
    Write({announced_ ? std::string_view() : in_flight_->first_header, in_flight_->image.text(), in_flight_->next_boundary});
    announced_ = true;
  }
}

void StreamViewer::Repeat(FramePtr frame) {
  Send(std::move(frame));
  repeating_ = true;
}

void StreamViewer::Close() {
  over_ = true;
  owner_ = nullptr;
  in_flight_.reset();
  linger_.cancel();
  error_code ignored;
  socket_.shutdown(Socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void StreamViewer::Write(std::array<std::string_view, 3> pieces) {
  pieces_ = pieces;
  writing_ = true;
  progress_ = Clock::now();
  Flush();
}

void StreamViewer::Flush() {
  while (true) {
    std::array<iovec, 3> vector;
    std::size_t count = 0;
    for (const std::string_view piece : pieces_) {
      if (!piece.empty()) vector[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    if (count == 0) break;
    msghdr message{};
    message.msg_iov = vector.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN || errno == EWOULDBLOCK) return WaitWritable();
      return Over();
    }
    progress_ = Clock::now();
    written_ += static_cast<std::uint64_t>(sent);
    auto left = static_cast<std::size_t>(sent);
    for (std::string_view& piece : pieces_) {
      const std::size_t taken = std::min(left, piece.size());
      piece.remove_prefix(taken);
      left -= taken;
    }
  }
  writing_ = false;
  if (!in_flight_) return;
  counters_.bytes_sent.fetch_add(static_cast<std::int64_t>(in_flight_->image.size()), std::memory_order_relaxed);
  in_flight_.reset();
  if (!repeating_) {
    counters_.frames_sent.fetch_add(1, std::memory_order_relaxed);
    if (tracks_seen_) seen_.Sent(*last_, written_);
  }
  if (framing_ == Framing::kLength && !repeating_) ShowWithoutSuccessor();
}

void StreamViewer::WaitWritable() {
  if (listening_for_room_) return;
  listening_for_room_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    self->listening_for_room_ = false;
    if (self->over_) return;
    if (error) return self->Over();
    self->Flush();
    if (self->idle() && self->owner_ != nullptr) self->owner_->OnIdle(*self);
  });
}

void StreamViewer::Listen() {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    if (self->over_) return;
    if (error) return self->Over();
    self->Drain();
  });
}

void StreamViewer::Drain() {
  char ignored[4096];
  // A viewer has nothing more to say; at most a few reads a turn, so that one who talks does not starve the others.
  for (int i = 0; i < 4; ++i) {
    const ssize_t got = ::recv(socket_.native_handle(), ignored, sizeof ignored, MSG_DONTWAIT);
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    if (got == 0) return SideClosed();
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
    return Over();
  }
  Listen();
}

void StreamViewer::SideClosed() {
  side_closed_ = true;
  seen_.SideClosed(written_, Clock::now());
  // From here only an error is news. A peer that closed both ways answers the next byte with a reset; one that closed
  // only its sending side goes on watching. Where no frame is due soon, one is sent again to find out.
  socket_.async_wait(Socket::wait_error, [self = shared_from_this()](error_code) {
    if (!self->over_) self->Over();
  });
  linger_.expires_after(kAskAfter);
  linger_.async_wait([self = shared_from_this(), before = written_](error_code error) {
    if (error || self->over_ || !self->idle() || self->written_ != before || self->owner_ == nullptr) return;
    if (FramePtr picture = self->last_ ? self->owner_->Picture() : nullptr) {
      self->Repeat(std::move(picture));
    } else if (!self->announced_) {
      self->Write({kHarmlessHeader, {}, {}});
    }
  });
}

void StreamViewer::ShowWithoutSuccessor() {
  linger_.expires_after(kShowAfter);
  linger_.async_wait([self = shared_from_this(), shown = *last_](error_code error) {
    if (error || self->over_ || !self->idle() || self->owner_ == nullptr) return;
    FramePtr picture = self->owner_->Picture();
    if (picture && picture->id.partition == shown.partition && picture->id.offset == shown.offset) {
      self->Repeat(std::move(picture));
    }
  });
}

bool StreamViewer::Stalled(Clock::time_point now, std::chrono::milliseconds limit) {
  if (over_) return false;
  if (const auto state = ProbeTcp(socket_.native_handle())) {
    if (state->acknowledged != acknowledged_ || (idle() && state->unacknowledged == 0)) progress_ = now;
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
  if (const auto state = ProbeTcp(socket_.native_handle())) seen_.Sample(*state, now);
}

void StreamViewer::Over() {
  if (over_) return;
  over_ = true;
  writing_ = false;
  in_flight_.reset();
  linger_.cancel();
  error_code ignored;
  socket_.close(ignored);
  // Not at once: the playhead may be in the middle of its viewers.
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->owner_ != nullptr) self->owner_->OnGone(*self);
  });
}

}  // namespace framespool::mjpeg
