#include "decoded_frames.h"

#include <algorithm>
#include <cmath>

#include "cores.h"
#include "earlier_check.h"
#include "framespool/media/jpeg_head.h"
#include "gaps.h"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
}

namespace framespool::video_file {
namespace {

// Nearer to the start than this, decoding forward is as quick as a seek.
constexpr std::int64_t kNear = 32;
// How far before a frame to start, in seconds: what it needs to be decoded whole begins there or earlier. Tried in
// turn.
constexpr double kDecoderRunUps[] = {1, 4, 16, 64};
// A recording that starts in the middle shows nothing before its first key frame. Some never say which are key frames.
constexpr int kMostBeforeKey = 600;
constexpr int kMostRunUpFrames = 5000;
// More threads than this gain nothing, and each holds frames.
constexpr int kMostThreads = 16;
// What may wait to be encoded, in bytes of decoded frames: of one for each core, and of more where that is not enough.
constexpr std::int64_t kMostBytes = 256 << 20;
constexpr std::int64_t kMostDeepBytes = 64 << 20;
constexpr std::int64_t kDeepOfCore = 6;

/// Frame threads wait for each other's rows; two more keep the cores at work, and still only these cores.
int DecoderThreads(int cores) { return cores > 1 ? cores + 2 : 1; }

std::int64_t BytesOf(const AVFrame& frame) { return std::int64_t{3} * frame.width * frame.height; }

bool IsEarlier(const std::string& check) { return check.starts_with("bgr:"); }

}  // namespace

DecodedFrames::DecodedFrames(const std::string& path, std::unique_ptr<media::PacketReader> packets,
                             const FrameOptions& options)
    : cores_(std::min(CoresGiven(), kMostThreads)),
      options_(options),
      packets_(std::move(packets)),
      decoder_(packets_->stream(), DecoderThreads(cores_), path),
      clock_(ClockOf(*packets_)),
      most_ahead_(cores_ + 1) {}

DecodedFrames::~DecodedFrames() = default;

media::FramePtr DecodedFrames::Decode(const media::Patience& patience) {
  while (!decoder_.at_end()) {
    if (media::FramePtr frame = decoder_.Receive()) return frame;
    if (!packets_left_) continue;
    if (patience.over()) return nullptr;
    const auto packet = packets_->Next();
    if (!packet) {
      packets_left_ = false;
      decoder_.Send(nullptr);
      continue;
    }
    seen_key_ = seen_key_ || packet->key || ++before_key_ > kMostBeforeKey;
    if (seen_key_) {
      ++(packet->shown ? shown_ : hidden_);
      if (sought_ && packet->shown && packet->pts > *sought_) ++shown_behind_;
    }
    if (packet->raw->pts == AV_NOPTS_VALUE) dated_ = false;
    if (facts().mjpeg) {
      const auto jpeg = media::ReadJpegHead(packet->data);
      of_packet_ = jpeg ? media::TurnOfExif(jpeg->orientation) : media::Turn{};
    }
    decoder_.Send(packet->raw);
  }
  return nullptr;
}

/// A frame's own word goes before the container's, and that before EXIF's: a camera that writes both means the same.
media::Sight DecodedFrames::SightOf(AVFrame& frame) {
  media::Sight sight{.turn = facts().turn.none() ? of_packet_ : facts().turn};
  const AVFrameSideData* matrix = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  if (matrix != nullptr && matrix->size >= 9 * sizeof(std::int32_t)) {
    sight.turn = media::TurnOfMatrix(reinterpret_cast<const std::int32_t*>(matrix->data));
  }
  const AVRational shape = av_guess_sample_aspect_ratio(&packets_->format(), &packets_->stream(), &frame);
  if (shape.num > 0 && shape.den > 0) sight.pixel_shape = av_q2d(shape);
  return sight;
}

DecodedFrames::Decoded DecodedFrames::Dated(media::FramePtr frame) {
  Decoded decoded;
  decoded.time = clock_.Next(media::TicksOf(*frame));
  decoded.shift_us = clock_.shift_us();
  decoded.work = std::make_shared<PictureLine::Work>();
  decoded.work->sight = SightOf(*frame);
  decoded.work->frame = std::move(frame);
  return decoded;
}

void DecodedFrames::LookAhead(const media::Patience& patience) {
  while (static_cast<std::int64_t>(ahead_.size()) < most_ahead_) {
    media::FramePtr frame = Decode(patience);
    if (!frame) return;
    ahead_.push_back(Dated(std::move(frame)));
    ahead_.back().started = true;
    line_->Start(ahead_.back().work);
  }
}

Advanced DecodedFrames::Advance(const media::Patience& patience) {
  if (line_ && cores_ > 1) LookAhead(patience);
  if (!ahead_.empty()) {
    current_ = std::move(ahead_.front());
    ahead_.pop_front();
    return Advanced::kFrame;
  }
  media::FramePtr frame = Decode(patience);
  if (!frame) return decoder_.at_end() ? Advanced::kEnd : Advanced::kNotYet;
  current_ = Dated(std::move(frame));
  return Advanced::kFrame;
}

media::EncodedPicture DecodedFrames::Picture() {
  if (!line_) line_ = std::make_unique<PictureLine>(options_.picture, cores_ > 1 ? cores_ : 0);
  if (!current_.started) {
    current_.started = true;
    line_->Start(current_.work);
  }
  // Whoever has to wait for pictures gets more of them ready: the next ones are made while he is away with these.
  const bool early = line_->Wait(*current_.work);
  const std::int64_t bytes = BytesOf(*current_.work->frame);
  const std::int64_t most = std::max(std::min<std::int64_t>(cores_ + 1, kMostBytes / bytes),
                                     std::min<std::int64_t>(kDeepOfCore * cores_, kMostDeepBytes / bytes));
  most_ahead_ = std::clamp<std::int64_t>(most_ahead_ + (early ? 1 : 0), 1, std::max<std::int64_t>(most, 1));
  return current_.work->picture;
}

void DecodedFrames::CheckSize() {
  media::PictureSizeOf(*current_.work->frame, current_.work->sight, options_.picture);
  media::RequireConvertible(current_.work->frame->format);
}

std::string DecodedFrames::Check() { return CheckOf(*current_.work->frame); }

Likeness DecodedFrames::Compare(const std::string& check) { return CompareWith(*current_.work->frame, check); }

Likeness DecodedFrames::CompareWith(const AVFrame& frame, const std::string& check) const {
  if (IsEarlier(check)) {
    return IsEarlierCheckOf(frame, check, !facts().turn.none()) ? Likeness::kSame : Likeness::kUnknown;
  }
  if (!check.starts_with("frame:")) return Likeness::kUnknown;
  return CheckOf(frame) == check ? Likeness::kSame : Likeness::kOther;
}

FrameMark DecodedFrames::Mark() {
  return {.ticks = current_.time.ticks,
          .check = Check(),
          .place = facts().joins ? media::PlaceOf(*current_.work->frame) : std::nullopt,
          .shift_us = current_.shift_us};
}

bool DecodedFrames::SeekTo(std::int64_t index, const FrameMark& mark) {
  if (index < kNear || mark.check.empty()) return false;
  // Of a recording whose times may come twice the place decides.
  if (facts().joins && !mark.place) return false;
  if (Advance({}) != Advanced::kFrame) return false;  // the first frame sets the clock
  const std::int64_t first = current_.time.ticks;
  const std::int64_t hidden = hidden_;
  sought_ = mark.ticks;
  for (const double run_up : kDecoderRunUps) {
    const double from = static_cast<double>(mark.ticks) - run_up * 1e6 / packets_->tick_us();
    if (from <= static_cast<double>(first) || !packets_->Seek(static_cast<std::int64_t>(from))) return false;
    decoder_.Flush();
    packets_left_ = true;
    seen_key_ = false;
    before_key_ = 0;
    shown_behind_ = 0;
    media::FramePtr frame = Reach(mark);
    if (!frame) continue;
    clock_.GoOnAfter(mark.ticks, mark.shift_us);
    current_.time = clock_.last();
    current_.shift_us = mark.shift_us;
    current_.work = std::make_shared<PictureLine::Work>();
    current_.work->sight = SightOf(*frame);
    current_.work->frame = std::move(frame);
    shown_ = index + 1 + shown_behind_;
    hidden_ = hidden;
    sought_.reset();
    return true;
  }
  return false;
}

/// The frame that `mark` is of, when what is decoded from here on leads to it without doubt.
media::FramePtr DecodedFrames::Reach(const FrameMark& mark) {
  bool twin = false;
  for (int count = 0; count < kMostRunUpFrames; ++count) {
    media::FramePtr frame = Decode({});
    const auto ticks = frame ? media::TicksOf(*frame) : std::nullopt;
    if (!ticks || *ticks > mark.ticks) return nullptr;
    // Times that earlier releases wrote, and those of packets without any, may be another frame's: then a picture that
    // comes more than once tells nothing.
    const bool unsure = IsEarlier(mark.check) || !dated_;
    if (*ticks < mark.ticks) {
      twin = twin || (unsure && CompareWith(*frame, mark.check) == Likeness::kSame);
      continue;
    }
    const bool in_place = !mark.place || media::PlaceOf(*frame) == mark.place;
    if (!in_place || twin || CompareWith(*frame, mark.check) != Likeness::kSame) return nullptr;
    return frame;
  }
  return nullptr;
}

std::optional<Expectation> DecodedFrames::expected() const {
  const std::int64_t seen = facts().interlaced ? 0 : shown_;
  // A count is of packets; a duration is of what is shown.
  const std::int64_t hidden = facts().promise_is_estimate ? 0 : hidden_;
  const std::int64_t promised = facts().frames_promised > 0 ? facts().frames_promised - hidden : 0;
  if (promised > 0 && promised >= seen) return Expectation{promised, facts().promise_is_estimate};
  if (decoder_.at_end() && seen > 0) return Expectation{seen, false};
  return std::nullopt;
}

}  // namespace framespool::video_file
