#include "passed_frames.h"

#include <algorithm>

#include "digest.h"

namespace framespool::video_file {

PassedFrames::PassedFrames(const std::string& path) : packets_(path), scale_(packets_) {}

bool PassedFrames::Advance() {
  while (const auto packet = packets_.Next()) {
    if (packets_read_ == 0) scale_.SetFirst(packet->pts);
    ++packets_read_;
    if (!packet->shown) {
      ++hidden_;
      continue;
    }
    const auto jpeg = packet->whole ? ReadJpegMarkers(packet->data) : std::nullopt;
    if (!jpeg) continue;
    packet_ = *packet;
    jpeg_ = *jpeg;
    return true;
  }
  return false;
}

Frame PassedFrames::Picture() {
  auto bytes = jpeg_.has_huffman_tables ? std::vector<std::byte>(packet_.data.begin(), packet_.data.end())
                                        : WithStandardHuffmanTables(packet_.data, jpeg_);
  return {.image = Payload(std::move(bytes)), .content_type = "image/jpeg", .width = jpeg_.width, .height = jpeg_.height};
}

std::string PassedFrames::Check() {
  Digest digest;
  digest.Add(packet_.data);
  return digest.Text("jpeg");
}

bool PassedFrames::SeekTo(std::int64_t index, const std::optional<FrameMark>& mark) {
  if (!mark || !Advance()) return false;  // the first packet sets the clock
  if (!packets_.Seek(mark->ticks)) return false;
  do {
    if (!Advance()) return false;
  } while (packet_.pts < mark->ticks);
  packets_read_ = index + 1 + hidden_;
  return packet_.pts == mark->ticks && Check() == mark->check;
}

std::optional<Expectation> PassedFrames::expected() const {
  const std::int64_t seen = packets_read_ - hidden_;
  const std::int64_t promised = facts().frames_promised - hidden_;
  if (promised >= seen && facts().frames_promised > 0) return Expectation{promised, facts().promise_is_estimate};
  if (facts().frames_promised == 0) return std::nullopt;
  return Expectation{seen, false};
}

}  // namespace framespool::video_file
