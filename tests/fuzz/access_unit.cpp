// Bytes that claim to be a packet of H.264 or H.265: taken apart within their bounds, and what becomes of them in a
// topic is a byte stream that can be taken apart in the same way, and put into an MP4.
//
// An input is a byte that says the codec and how packets are cut, a length of one byte, so many bytes of a container's
// extra data, and then packets, each behind its length in two bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <stdexcept>
#include <vector>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include <framespool/media/access_units.h>
#include <framespool/media/fragmented_mp4.h>

#include "expect.h"
#include "nal_units.h"

namespace {

using namespace framespool;
using fuzz::Expect;

struct FreeParameters {
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
};
struct FreePacket {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};

std::unique_ptr<AVCodecParameters, FreeParameters> Parameters(bool is_h265, std::span<const std::uint8_t> extra) {
  std::unique_ptr<AVCodecParameters, FreeParameters> parameters(avcodec_parameters_alloc());
  parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  parameters->codec_id = is_h265 ? AV_CODEC_ID_HEVC : AV_CODEC_ID_H264;
  if (!extra.empty()) {
    parameters->extradata = static_cast<std::uint8_t*>(av_mallocz(extra.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::memcpy(parameters->extradata, extra.data(), extra.size());
    parameters->extradata_size = static_cast<int>(extra.size());
  }
  return parameters;
}

void Check(const media::AccessUnit& unit) {
  const auto bytes = unit.bytes.bytes();
  const auto nals = media::SplitByteStream(bytes);
  Expect(!nals.empty(), "an access unit holds a picture");
  std::size_t size = 0;
  for (const auto nal : nals) {
    Expect(!nal.empty(), "a NAL unit has a header");
    size += media::kStartCode.size() + nal.size();
  }
  Expect(size <= bytes.size(), "NAL units lie side by side");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  av_log_set_level(AV_LOG_QUIET);
  std::span<const std::uint8_t> rest(data + 2, size - 2);
  const bool is_h265 = (data[0] & 1) != 0;
  const auto extra = rest.first(std::min<std::size_t>(data[1], rest.size()));
  rest = rest.subspan(extra.size());

  const auto parameters = Parameters(is_h265, extra);
  std::unique_ptr<media::AccessUnits> units;
  try {
    units = std::make_unique<media::AccessUnits>(*parameters, AVRational{1, 1000});
  } catch (const std::runtime_error&) {
    return 0;
  }
  media::FragmentedMp4 mp4;
  const std::unique_ptr<AVPacket, FreePacket> packet(av_packet_alloc());
  std::int64_t time = 0;
  std::int64_t gop = 0;
  while (rest.size() > 2) {
    const std::size_t length = std::min<std::size_t>(rest[0] * 256u + rest[1], rest.size() - 2);
    av_packet_unref(packet.get());
    if (av_new_packet(packet.get(), static_cast<int>(length)) < 0) return 0;
    std::copy_n(rest.data() + 2, length, packet->data);
    rest = rest.subspan(2 + length);
    packet->pts = packet->dts = time;
    time += 40;
    const auto unit = units->Make(*packet);
    if (!unit) continue;
    Check(*unit);
    media::VideoFacts facts;
    facts.codec = unit->codec;
    facts.gop = unit->is_key ? 0 : gop + 1;
    facts.pts_us = time * 1000;
    facts.width = unit->width;
    facts.height = unit->height;
    gop = facts.gop;
    mp4.Add(unit->bytes.bytes(), facts);
  }
  return 0;
}
