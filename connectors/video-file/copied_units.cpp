#include "copied_units.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "digest.h"
#include "gaps.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::video_file {
namespace {

// How far before a unit to start, in seconds, so that a key frame and its parameter sets come before it. Tried in turn.
constexpr double kCopyRunUps[] = {0, 2, 10, 60};
constexpr int kMostRunUpUnits = 20'000;
// By so many frames units are decoded before others that are shown earlier, at most (MaxDpbFrames).
constexpr int kMostReordered = 16;

std::optional<std::int64_t> Known(std::int64_t ticks) {
  return ticks != AV_NOPTS_VALUE ? std::optional(ticks) : std::nullopt;
}

}  // namespace

CopiedUnits::CopiedUnits(const std::string& path, std::unique_ptr<media::PacketReader> packets)
    : packets_(std::move(packets)), clock_(ClockOf(*packets_)) {
  const AVStream& stream = packets_->stream();
  const auto refuse = [&](const std::string& found) {
    throw media::NoVideo(Problem{
        .field = "format",
        .message = "copy takes files of H.264, H.265 and Motion JPEG that say when their frames are shown, but \"" +
                   path + "\" " + found +
                   "; set format to auto, which makes JPEGs of it, or convert the file: ffmpeg -i IN " +
                   "-c:v libx264 OUT.mp4",
        .kind = kind::kFileUnusable,
        .facts = {{"file", path}, {"codec", facts().codec}, {"container", facts().container}}});
  };
  if (!media::VideoCodecOf(*stream.codecpar)) refuse("holds " + facts().codec);
  const auto first = packets_->Peek();
  const bool untimed = first && first->raw->pts == AV_NOPTS_VALUE && stream.codecpar->video_delay > 0;
  if (untimed)
    refuse("(" + facts().container + ") does not say it, and shows them in another order than it holds them");
  units_ = std::make_unique<media::AccessUnits>(*stream.codecpar, stream.time_base);
}

CopiedUnits::~CopiedUnits() = default;

/// The next access unit, undated.
Advanced CopiedUnits::Read(const media::Patience& patience) {
  while (!patience.over()) {
    const auto packet = packets_->Next();
    if (!packet) return patience.over() ? Advanced::kNotYet : Advanced::kEnd;
    auto unit = units_->Make(*packet->raw);
    started_ = started_ || (unit && unit->is_key);
    if (!unit || !started_) continue;
    unit_ = std::move(*unit);
    pts_ = Known(packet->raw->pts);
    dts_ = Known(packet->raw->dts);
    place_ = packet->raw->pos >= 0 ? std::optional(packet->raw->pos) : std::nullopt;
    return Advanced::kFrame;
  }
  return Advanced::kNotYet;
}

/// By how much the first frame is shown later than it is decoded: the clock is that of decoding, which only grows,
/// moved by this.
void CopiedUnits::Begin() {
  const int reordered = std::clamp(packets_->stream().codecpar->video_delay, 0, kMostReordered);
  if (!dts_ && pts_) dts_ = *pts_ - reordered * clock_.frame_ticks();
  delay_ticks_ = pts_ ? *pts_ - *dts_ : 0;
}

Advanced CopiedUnits::Advance(const media::Patience& patience) {
  const Advanced advanced = Read(patience);
  if (advanced != Advanced::kFrame) return advanced;
  if (read_++ == 0) Begin();
  time_ = clock_.Next(dts_ ? std::optional(*dts_ + delay_ticks_) : std::nullopt);
  return Advanced::kFrame;
}

media::EncodedPicture CopiedUnits::Picture() {
  return {.bytes = unit_.bytes,
          .content_type = media::ContentTypeOf(unit_.codec),
          .width = unit_.width,
          .height = unit_.height};
}

std::optional<media::VideoFacts> CopiedUnits::unit() const {
  // time_ says when the unit is decoded, later by delay_ticks_.
  const std::int64_t by_clock = clock_.At(time_.ticks);
  const std::int64_t decoded = time_.ticks - delay_ticks_;
  const auto us = [&](std::int64_t ticks) { return time_.us + clock_.At(ticks) - by_clock; };
  return media::VideoFacts{.codec = unit_.codec,
                           .gop = unit_.is_key ? 0 : 1,
                           .session = 0,
                           .pts_us = us(pts_.value_or(decoded)),
                           .dts_us = us(decoded),
                           .capture_us = std::nullopt,
                           .width = unit_.width,
                           .height = unit_.height,
                           .orientation = media::ExifOf(facts().turn),
                           .hidden = unit_.hidden,
                           .broken = unit_.broken};
}

std::string CopiedUnits::Check() {
  Digest digest;
  digest.Add(unit_.bytes.bytes());
  return digest.Text("unit");
}

Likeness CopiedUnits::Compare(const std::string& check) {
  if (!check.starts_with("unit:")) return Likeness::kUnknown;
  return Check() == check ? Likeness::kSame : Likeness::kOther;
}

FrameMark CopiedUnits::Mark() {
  return {.ticks = time_.ticks,
          .check = Check(),
          .place = facts().joins ? place_ : std::nullopt,
          .shift_us = clock_.shift_us()};
}

bool CopiedUnits::SeekTo(std::int64_t index, const FrameMark& mark) {
  if (mark.check.empty() || (facts().joins && !mark.place)) return false;
  if (Advance({}) != Advanced::kFrame) return false;  // the first unit sets the clock
  for (const double run_up : kCopyRunUps) {
    const std::int64_t from = mark.ticks - delay_ticks_ - std::llround(run_up * 1e6 / packets_->tick_us());
    if (!packets_->Seek(from)) return false;
    started_ = false;
    if (!ReadUpTo(mark)) continue;
    read_ = index + 1;
    clock_.GoOnAfter(mark.ticks, mark.shift_us);
    time_ = clock_.last();
    return true;
  }
  return false;
}

/// Whether the unit that `mark` is of comes from here on, behind a key frame or as one.
bool CopiedUnits::ReadUpTo(const FrameMark& mark) {
  for (int count = 0; count < kMostRunUpUnits; ++count) {
    if (Read({}) != Advanced::kFrame) return false;
    if (!dts_) continue;
    const std::int64_t ticks = *dts_ + delay_ticks_;
    if (ticks > mark.ticks) return false;
    if (ticks == mark.ticks && (!mark.place || place_ == mark.place) && Compare(mark.check) == Likeness::kSame)
      return true;
  }
  return false;
}

std::optional<Expectation> CopiedUnits::expected() const {
  const std::int64_t promised = facts().frames_promised;
  if (promised == 0) return std::nullopt;
  return promised >= read_ ? Expectation{promised, facts().promise_is_estimate} : Expectation{read_, false};
}

}  // namespace framespool::video_file
