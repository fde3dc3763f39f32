#include "framespool/media/fragmented_mp4.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <new>
#include <string_view>

#include "framespool/media/container.h"
#include "nal_units.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
}

namespace framespool::media {
namespace {

constexpr int kOutputBuffer = 4096;
constexpr int kTicks = 1'000'000;  // in a second
constexpr std::size_t kMostSampleBytes = 1 << 30;
constexpr std::int64_t kUsualStepUs = 33'333;
constexpr std::int64_t kLongestStepUs = 10'000'000;

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

/// What a box of `type` holds; empty where there is none, or less than `least` bytes of it.
std::span<const std::byte> BoxIn(std::span<const std::byte> bytes, std::string_view type, std::size_t least) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto found = text.find(type);
  if (found == std::string_view::npos || bytes.size() - found - type.size() < least) return {};
  return bytes.subspan(found + type.size());
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
  for (int bit = 0; bit < 32; ++bit) {
    const unsigned byte = Number(hvcc[static_cast<std::size_t>(2 + bit / 8)]);
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

void PutNumber(std::vector<std::byte>& bytes, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::byte>(value >> shift & 255));
}

/// A box that `fill` fills; with `flags` a full box of that version and these flags.
template <class Fill>
void PutBox(std::vector<std::byte>& bytes, std::string_view type, std::optional<std::uint32_t> flags, Fill&& fill) {
  const std::size_t begin = bytes.size();
  PutNumber(bytes, 0, 4);
  for (const char c : type) bytes.push_back(static_cast<std::byte>(c));
  if (flags) PutNumber(bytes, *flags, 4);
  fill();
  std::vector<std::byte> size;
  PutNumber(size, bytes.size() - begin, 4);
  std::copy(size.begin(), size.end(), bytes.begin() + static_cast<std::ptrdiff_t>(begin));
}

struct Sample {
  std::uint32_t number = 0;  // of its fragment
  std::int64_t decoded_us = 0;
  std::int64_t shown_us = 0;
  std::int64_t lasts_us = 0;
  std::uint32_t size = 0;
  bool key = false;
};

/// ISO/IEC 14496-12, 8.8: a fragment of one sample, whose bytes follow in an mdat.
void PutMovieFragment(std::vector<std::byte>& bytes, const Sample& sample) {
  constexpr std::uint32_t kDefaultBaseIsMoof = 0x020000;
  constexpr std::uint32_t kVersion1 = 1u << 24;
  // Data offset, and of the sample duration, size, flags and composition time.
  constexpr std::uint32_t kRun = 0x000001 | 0x000100 | 0x000200 | 0x000400 | 0x000800;
  constexpr std::uint32_t kDependsOnNone = 0x02000000;
  constexpr std::uint32_t kDependsOnOthers = 0x01010000;  // and is no sync sample
  const std::size_t begin = bytes.size();
  std::size_t offset_at = 0;
  PutBox(bytes, "moof", std::nullopt, [&] {
    PutBox(bytes, "mfhd", 0, [&] { PutNumber(bytes, sample.number, 4); });
    PutBox(bytes, "traf", std::nullopt, [&] {
      PutBox(bytes, "tfhd", kDefaultBaseIsMoof, [&] { PutNumber(bytes, 1, 4); });
      PutBox(bytes, "tfdt", kVersion1, [&] { PutNumber(bytes, static_cast<std::uint64_t>(sample.decoded_us), 8); });
      PutBox(bytes, "trun", kVersion1 | kRun, [&] {
        PutNumber(bytes, 1, 4);
        offset_at = bytes.size();
        PutNumber(bytes, 0, 4);
        PutNumber(bytes, static_cast<std::uint64_t>(sample.lasts_us), 4);
        PutNumber(bytes, sample.size, 4);
        PutNumber(bytes, sample.key ? kDependsOnNone : kDependsOnOthers, 4);
        PutNumber(bytes, static_cast<std::uint64_t>(sample.shown_us - sample.decoded_us), 4);
      });
    });
  });
  std::vector<std::byte> offset;
  PutNumber(offset, bytes.size() - begin + 8, 4);  // behind the head of the mdat
  std::copy(offset.begin(), offset.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset_at));
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
  stream->time_base = {1, kTicks};
  AVCodecParameters& parameters = *stream->codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  const bool h264 = facts.codec == VideoCodec::kH264;
  parameters.codec_id = h264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC;
  // Parameter sets are in the start: Apple's players decode nothing else.
  parameters.codec_tag = h264 ? MKTAG('a', 'v', 'c', '1') : MKTAG('h', 'v', 'c', '1');
  parameters.width = facts.width;
  parameters.height = facts.height;
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
  return status < 0 ? std::vector<std::byte>() : written;
}

}  // namespace

std::optional<FragmentedMp4::Fragment> FragmentedMp4::Add(std::span<const std::byte> unit, const VideoFacts& facts) {
  const bool key = facts.gop == 0;
  if (key && !Begin(unit, facts)) start_.reset();
  if (!start_) return std::nullopt;
  Sample sample{.number = ++number_, .key = key};
  SetTimes(facts);
  sample.decoded_us = last_us_;
  sample.shown_us = std::clamp(facts.pts_us + shift_us_, last_us_, last_us_ + kLongestStepUs);
  sample.lasts_us = step_us_;
  std::vector<std::byte> data;
  data.reserve(unit.size() + 64);
  for (const NalUnit nal : SplitByteStream(unit)) {
    PutNumber(data, nal.size(), 4);
    data.insert(data.end(), nal.begin(), nal.end());
  }
  if (data.empty() || data.size() > kMostSampleBytes) return std::nullopt;
  sample.size = static_cast<std::uint32_t>(data.size());
  std::vector<std::byte> bytes;
  bytes.reserve(data.size() + 128);
  PutMovieFragment(bytes, sample);
  PutBox(bytes, "mdat", std::nullopt, [&] { bytes.insert(bytes.end(), data.begin(), data.end()); });
  return Fragment{Payload(std::move(bytes)), key, start_};
}

/// False when no MP4 can begin with this key frame.
bool FragmentedMp4::Begin(std::span<const std::byte> unit, const VideoFacts& facts) {
  auto sets = ParameterSetsOf(unit, facts.codec);
  if (sets.empty()) return false;
  if (start_ && sets == parameter_sets_) return true;
  std::vector<std::byte> bytes = StartOf(sets, facts);
  std::string codecs = CodecsOf(bytes, facts.codec);
  if (codecs.empty()) return false;
  parameter_sets_ = std::move(sets);
  start_ = std::make_shared<const Mp4Start>(Mp4Start{Payload(std::move(bytes)), std::move(codecs)});
  return true;
}

/// Where the units' clock begins anew, or has a gap that no player waits for, the file's goes on.
void FragmentedMp4::SetTimes(const VideoFacts& facts) {
  const std::int64_t decoded = facts.dts_us.value_or(facts.pts_us);
  const bool first = step_us_ == 0;
  std::int64_t time = decoded + shift_us_;
  if (first || time <= last_us_ || time - last_us_ > kLongestStepUs) {
    if (first) step_us_ = kUsualStepUs;
    time = first ? 0 : last_us_ + step_us_;
    shift_us_ = time - decoded;
  } else {
    step_us_ = time - last_us_;
  }
  last_us_ = time;
}

}  // namespace framespool::media
