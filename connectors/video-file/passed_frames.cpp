#include "passed_frames.h"

#include <algorithm>

#include "digest.h"
#include "gaps.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

namespace framespool::video_file {

PassedFrames::PassedFrames(std::string path, std::unique_ptr<media::PacketReader> packets, const FrameOptions& options)
    : path_(std::move(path)), options_(options), packets_(std::move(packets)), clock_(ClockOf(*packets_)) {}

PassedFrames::~PassedFrames() = default;

Advanced PassedFrames::Advance(const media::Patience& patience) {
  while (!patience.over()) {
    const auto packet = packets_->Next();
    if (!packet) return Advanced::kEnd;
    ++packets_read_;
    if (!packet->shown) {
      ++hidden_;
      continue;
    }
    const auto jpeg = media::ReadJpegHead(packet->data);
    // What a file without a proper end says of its last packet is not to be relied on; a JPEG's own end is.
    if (!jpeg || (!packet->whole && !media::EndsWhole(packet->data))) continue;
    packet_ = *packet;
    jpeg_ = *jpeg;
    decoded_.reset();
    if (!media::ShowsAsItIs(jpeg_) && !DecodePacket()) continue;
    time_ = clock_.Next(packet_.pts);
    return Advanced::kFrame;
  }
  return Advanced::kNotYet;
}

bool PassedFrames::DecodePacket() {
  if (!decoder_) decoder_ = std::make_unique<media::Decoder>(packets_->stream(), 1, path_);
  decoder_->Send(packet_.raw);
  decoded_ = decoder_->Receive();
  return decoded_ != nullptr;
}

media::EncodedPicture PassedFrames::Picture() {
  if (decoded_) {
    if (!maker_) maker_ = std::make_unique<media::PictureMaker>(options_.picture);
    return maker_->Make(*decoded_, CurrentSight());
  }
  auto bytes = jpeg_.has_huffman_tables ? std::vector<std::byte>(packet_.data.begin(), packet_.data.end())
                                        : media::WithStandardHuffmanTables(packet_.data, jpeg_);
  return {
      .bytes = Payload(std::move(bytes)), .content_type = "image/jpeg", .width = jpeg_.width, .height = jpeg_.height};
}

void PassedFrames::CheckSize() {
  if (!decoded_) return;
  media::PictureSizeOf(*decoded_, CurrentSight(), options_.picture);
  media::RequireConvertible(decoded_->format);
}

std::string PassedFrames::Check() {
  Digest digest;
  digest.Add(packet_.data);
  return digest.Text("jpeg");
}

Likeness PassedFrames::Compare(const std::string& check) {
  if (!check.starts_with("jpeg:")) return Likeness::kUnknown;
  return Check() == check ? Likeness::kSame : Likeness::kOther;
}

FrameMark PassedFrames::Mark() {
  const auto place = packet_.raw->pos >= 0 ? std::optional(packet_.raw->pos) : std::nullopt;
  return {.ticks = time_.ticks,
          .check = Check(),
          .place = facts().joins ? place : std::nullopt,
          .shift_us = clock_.shift_us()};
}

bool PassedFrames::SeekTo(std::int64_t index, const FrameMark& mark) {
  if (mark.check.empty() || (facts().joins && !mark.place)) return false;
  if (Advance({}) != Advanced::kFrame) return false;  // the first packet sets the clock
  const std::int64_t hidden = hidden_;
  if (!packets_->Seek(mark.ticks)) return false;
  do {
    if (Advance({}) != Advanced::kFrame) return false;
  } while (packet_.pts < mark.ticks);
  packets_read_ = index + 1 + hidden;
  hidden_ = hidden;
  clock_.GoOnAfter(mark.ticks, mark.shift_us);
  time_ = clock_.last();
  const bool in_place = !mark.place || Mark().place == mark.place;
  return packet_.pts == mark.ticks && in_place && Compare(mark.check) == Likeness::kSame;
}

std::optional<Expectation> PassedFrames::expected() const {
  const std::int64_t seen = packets_read_ - hidden_;
  const std::int64_t promised = facts().frames_promised - hidden_;
  if (promised >= seen && facts().frames_promised > 0) return Expectation{promised, facts().promise_is_estimate};
  if (facts().frames_promised == 0) return std::nullopt;
  return Expectation{seen, false};
}

}  // namespace framespool::video_file
