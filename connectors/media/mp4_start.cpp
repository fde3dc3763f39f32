#include "mp4_start.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <string>

#include "framespool/media/container.h"
#include "framespool/media/turn.h"
#include "hevc_configuration.h"
#include "mp4_boxes.h"
#include "mp4_clock.h"
#include "nal_units.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
}

namespace framespool::media {
namespace {

constexpr int kOutputBuffer = 4096;

#if LIBAVFORMAT_VERSION_MAJOR >= 61
using Written = const std::uint8_t*;
#else
using Written = std::uint8_t*;
#endif

int Append(void* output, Written bytes, int size) {
  const auto* first = reinterpret_cast<const std::byte*>(bytes);
  auto& written = *static_cast<std::vector<std::byte>*>(output);
  written.insert(written.end(), first, first + size);
  return size;
}

/// The parameter sets of a key frame, as a byte stream.
std::vector<std::byte> ParameterSetsOf(std::span<const std::byte> unit, VideoCodec codec) {
  std::vector<std::byte> sets;
  for (const NalUnit nal : SplitByteStream(unit)) {
    if (KindOf(nal, codec) != NalKind::kParameterSet) continue;
    sets.insert(sets.end(), kStartCode.begin(), kStartCode.end());
    sets.insert(sets.end(), nal.begin(), nal.end());
  }
  return sets;
}

unsigned Number(std::byte byte) { return std::to_integer<unsigned>(byte); }

/// RFC 6381, 3.3; for H.265 ISO/IEC 14496-15, annex E.3.
std::string CodecsOf(std::span<const std::byte> start, VideoCodec codec) {
  char text[64];
  if (codec == VideoCodec::kH264) {
    const auto avcc = BoxIn(start, "avcC", 4);
    if (avcc.empty()) return {};
    std::snprintf(text, sizeof text, "avc1.%02X%02X%02X", Number(avcc[1]), Number(avcc[2]), Number(avcc[3]));
    return text;
  }
  const auto hvcc = BoxIn(start, "hvcC", 13);
  if (hvcc.empty()) return {};
  constexpr std::array<const char*, 4> kSpaces{"", "A", "B", "C"};
  std::uint32_t compatible = 0;
  for (std::size_t bit = 0; bit < 32; ++bit) {
    const unsigned byte = Number(hvcc[2 + bit / 8]);
    if ((byte >> (7 - bit % 8) & 1) != 0) compatible |= 1u << bit;
  }
  const unsigned profile = Number(hvcc[1]);
  std::snprintf(text, sizeof text, "hvc1.%s%u.%X.%c%u", kSpaces[profile >> 6], profile & 31, compatible,
                (profile >> 5 & 1) != 0 ? 'H' : 'L', Number(hvcc[12]));
  std::string codecs = text;
  std::size_t constraints = 6;
  while (constraints > 0 && hvcc[5 + constraints] == std::byte{0}) --constraints;
  for (std::size_t i = 0; i < constraints; ++i) {
    std::snprintf(text, sizeof text, ".%X", Number(hvcc[6 + i]));
    codecs += text;
  }
  return codecs;
}

/// ISO/IEC 14496-12, 8.3.2: the matrix of the track, by which players turn its pictures upright.
void SetMatrix(std::span<std::byte> start, const Turn& turn, const VideoFacts& facts) {
  constexpr std::size_t kMatrix = 40, kSize = 36;  // behind the type, in version 0
  const auto tkhd = BoxIn(start, "tkhd", kMatrix + kSize);
  if (turn.none() || tkhd.empty() || tkhd[0] != std::byte{0}) return;
  constexpr std::int64_t kOne = 0x10000, kLast = 0x40000000;
  const std::int64_t x = turn.flip_x ? -kOne : kOne, y = turn.flip_y ? -kOne : kOne;
  const std::int64_t width = turn.transpose ? facts.height : facts.width;
  const std::int64_t height = turn.transpose ? facts.width : facts.height;
  const std::int64_t to_right = turn.flip_x ? width * kOne : 0, down = turn.flip_y ? height * kOne : 0;
  const std::array<std::int64_t, 9> matrix = turn.transpose
                                                 ? std::array<std::int64_t, 9>{0, y, 0, x, 0, 0, to_right, down, kLast}
                                                 : std::array<std::int64_t, 9>{x, 0, 0, 0, y, 0, to_right, down, kLast};
  const auto place = start.subspan(static_cast<std::size_t>(tkhd.data() - start.data()) + kMatrix, kSize);
  for (std::size_t i = 0; i < matrix.size(); ++i) SetNumber(place.subspan(4 * i, 4), matrix[i]);
}

struct FreeMuxer {
  void operator()(AVFormatContext* muxer) const { avformat_free_context(muxer); }
};
struct FreeOutput {
  void operator()(AVIOContext* output) const {
    av_freep(&output->buffer);
    avio_context_free(&output);
  }
};

/// What libavformat begins a fragmented MP4 with; empty when it cannot with these parameter sets.
std::vector<std::byte> StartOf(std::span<const std::byte> parameter_sets, const VideoFacts& facts) {
  std::vector<std::byte> written;
  auto* buffer = static_cast<unsigned char*>(av_malloc(kOutputBuffer));
  if (buffer == nullptr) throw std::bad_alloc();
  const std::unique_ptr<AVIOContext, FreeOutput> output(
      avio_alloc_context(buffer, kOutputBuffer, 1, &written, nullptr, Append, nullptr));
  AVFormatContext* made = nullptr;
  if (!output || avformat_alloc_output_context2(&made, nullptr, "mp4", nullptr) < 0) throw std::bad_alloc();
  const std::unique_ptr<AVFormatContext, FreeMuxer> muxer(made);
  made->pb = output.get();
  made->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  AVStream* stream = avformat_new_stream(made, nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  stream->time_base = {1, Mp4Clock::kTicks};
  AVCodecParameters& parameters = *stream->codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  const bool h264 = facts.codec == VideoCodec::kH264;
  parameters.codec_id = h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
  // Parameter sets are in the start: Apple's players decode nothing else.
  parameters.codec_tag = h264 ? MKTAG('a', 'v', 'c', '1') : MKTAG('h', 'v', 'c', '1');
  parameters.width = facts.width;
  parameters.height = facts.height;
  std::vector<std::byte> configuration;
  if (!h264) {
    configuration = HevcConfiguration(SplitByteStream(parameter_sets));
    if (configuration.empty()) return {};
    parameter_sets = configuration;
  }
  parameters.extradata = static_cast<std::uint8_t*>(av_mallocz(parameter_sets.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters.extradata == nullptr) throw std::bad_alloc();
  std::copy_n(reinterpret_cast<const std::uint8_t*>(parameter_sets.data()), parameter_sets.size(),
              parameters.extradata);
  parameters.extradata_size = static_cast<int>(parameter_sets.size());
  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "empty_moov+default_base_moof", 0);
  const int status = avformat_write_header(made, &options);
  av_dict_free(&options);
  avio_flush(output.get());
  if (status < 0) return {};
  SetMatrix(written, TurnOfExif(facts.orientation), facts);
  return written;
}

}  // namespace

const std::shared_ptr<const Mp4Start>& Mp4Starts::For(std::span<const std::byte> unit, const VideoFacts& facts) {
  const bool key = facts.gop == 0;
  const bool missing = !key && (facts.session != session_ || facts.gop != gop_ + 1);
  if (missing || (key && !Begin(unit, facts))) start_.reset();
  gop_ = facts.gop;
  session_ = facts.session;
  return start_;
}

/// False when no MP4 can begin with this key frame.
bool Mp4Starts::Begin(std::span<const std::byte> unit, const VideoFacts& facts) {
  auto sets = ParameterSetsOf(unit, facts.codec);
  if (sets.empty()) return false;
  if (start_ && sets == parameter_sets_ && facts.orientation == orientation_) return true;
  std::vector<std::byte> bytes = StartOf(sets, facts);
  std::string codecs = CodecsOf(bytes, facts.codec);
  if (codecs.empty()) return false;
  parameter_sets_ = std::move(sets);
  orientation_ = facts.orientation;
  start_ = std::make_shared<const Mp4Start>(Mp4Start{Payload(std::move(bytes)), std::move(codecs)});
  return true;
}

}  // namespace framespool::media
