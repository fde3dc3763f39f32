#include "framespool/media/access_units.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <new>
#include <stdexcept>

#include "framespool/media/container.h"
#include "nal_units.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavutil/mathematics.h>
}

namespace framespool::media {
namespace {

// They are some hundred bytes; what is that long is damaged, and there may be some hundred of them.
constexpr std::size_t kMostParameterSetBytes = 1 << 14;
constexpr std::size_t kMostParameterSets = 320;  // H.264 has 32 SPS and 256 PPS at most

VideoCodec RequireCodec(const AVCodecParameters& parameters) {
  const auto codec = VideoCodecOf(parameters);
  if (!codec) {
    throw std::invalid_argument(std::string("access units are made of h264 and hevc, not of ") +
                                avcodec_get_name(parameters.codec_id));
  }
  return *codec;
}

void Need(int status, const char* what) {
  if (status < 0) throw std::runtime_error(std::string(what) + ": " + AvErrorText(status));
}

template <class T>
T* Needed(T* made) {
  if (made == nullptr) throw std::bad_alloc();
  return made;
}

std::optional<std::int64_t> MicrosecondsOf(std::int64_t ticks, AVRational time_base) {
  if (ticks == AV_NOPTS_VALUE) return std::nullopt;
  return av_rescale_q(ticks, time_base, {1, 1'000'000});
}

/// True of an HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1) whose arrays do not end within it. libavcodec
/// would make room for each unit that it promises: 16 million of them in 255 bytes.
bool IsShortOfUnits(std::span<const std::byte> record) {
  constexpr std::size_t kArrays = 22;
  if (record.size() <= kArrays) return false;
  const auto number = [&](std::size_t at, std::size_t bytes) {
    std::size_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | std::to_integer<std::size_t>(record[at + i]);
    return value;
  };
  if (number(0, 3) == 1 || number(0, 4) == 1) return false;  // a byte stream
  std::size_t at = kArrays + 1;
  for (std::size_t arrays = number(kArrays, 1); arrays > 0; --arrays) {
    if (at + 3 > record.size()) return true;
    std::size_t units = number(at + 1, 2);
    for (at += 3; units > 0; --units) {
      if (at + 2 > record.size()) return true;
      at += 2 + number(at, 2);
    }
  }
  return at > record.size();
}

/// True when decoding can begin here. A container's word (`marked`) is taken where the picture may be one: intra, but
/// not said to be an IDR.
bool IsKey(const std::vector<NalUnit>& nals, VideoCodec codec, bool marked) {
  bool intra = true;
  bool promised = marked;
  for (const NalUnit nal : nals) {
    const NalKind kind = KindOf(nal, codec);
    if (kind == NalKind::kKeyPicture) return true;
    if (kind == NalKind::kPicture) intra = intra && codec == VideoCodec::kH264 && IsIntraSlice(nal);
    if (kind == NalKind::kOther) promised = promised || (codec == VideoCodec::kH264 && IsRecoveryPoint(nal));
  }
  return intra && promised;
}

}  // namespace

std::optional<VideoCodec> VideoCodecOf(const AVCodecParameters& parameters) {
  if (parameters.codec_id == AV_CODEC_ID_H264) return VideoCodec::kH264;
  if (parameters.codec_id == AV_CODEC_ID_HEVC) return VideoCodec::kH265;
  return std::nullopt;
}

void AccessUnits::FreeFilter::operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
void AccessUnits::FreeContext::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
void AccessUnits::CloseParser::operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
void AccessUnits::FreePacket::operator()(AVPacket* packet) const { av_packet_free(&packet); }

AccessUnits::AccessUnits(const AVCodecParameters& parameters, const AVRational& time_base)
    : codec_(RequireCodec(parameters)),
      time_base_(std::make_unique<AVRational>(time_base)),
      context_(Needed(avcodec_alloc_context3(nullptr))),
      parser_(Needed(av_parser_init(parameters.codec_id))),
      packet_(Needed(av_packet_alloc())) {
  SilenceLibraries();
  parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
  Begin(parameters);
}

AccessUnits::~AccessUnits() = default;

void AccessUnits::Begin(const AVCodecParameters& parameters) {
  const char* name = codec_ == VideoCodec::kH264 ? "h264_mp4toannexb" : "hevc_mp4toannexb";
  const AVBitStreamFilter* kind = av_bsf_get_by_name(name);
  if (kind == nullptr) throw std::runtime_error(std::string("this libavcodec has no filter ") + name);
  const std::span extra(parameters.extradata, static_cast<std::size_t>(std::max(parameters.extradata_size, 0)));
  if (codec_ == VideoCodec::kH265 && IsShortOfUnits(std::as_bytes(extra)))
    throw std::runtime_error("hvcC: it says that it holds more NAL units than there are");
  AVBSFContext* made_filter = nullptr;
  Need(av_bsf_alloc(kind, &made_filter), name);
  std::unique_ptr<AVBSFContext, FreeFilter> filter(made_filter);
  Need(avcodec_parameters_copy(filter->par_in, &parameters), name);
  filter->time_base_in = *time_base_;
  Need(av_bsf_init(filter.get()), name);
  to_byte_stream_ = std::move(filter);
  const AVCodecParameters& made = *to_byte_stream_->par_out;
  Need(avcodec_parameters_to_context(context_.get(), &made), name);
  if (made.extradata_size <= 0) return;
  Remember(SplitByteStream(std::as_bytes(std::span(made.extradata, static_cast<std::size_t>(made.extradata_size)))));
}

void AccessUnits::Remember(const std::vector<NalUnit>& nals) {
  for (const NalUnit nal : nals) {
    if (KindOf(nal, codec_) != NalKind::kParameterSet || nal.size() > kMostParameterSetBytes) continue;
    const auto key = ParameterSetKey(nal, codec_);
    if (!key || (parameter_sets_.size() >= kMostParameterSets && !parameter_sets_.contains(*key))) continue;
    parameter_sets_[*key].assign(nal.begin(), nal.end());
  }
}

bool AccessUnits::knows_parameters() const {
  int kinds = 0;
  std::uint32_t last = 0;
  for (const auto& [key, set] : parameter_sets_) {
    if (KindOfKey(key) != last) ++kinds;
    last = KindOfKey(key);
  }
  return kinds == (codec_ == VideoCodec::kH264 ? 2 : 3);
}

bool AccessUnits::ToByteStream(const AVPacket& packet) {
  std::size_t size = 0;
  const std::uint8_t* changed = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (changed != nullptr && size > 0) {
    AVCodecParameters* parameters = Needed(avcodec_parameters_alloc());
    const std::unique_ptr<AVCodecParameters, void (*)(AVCodecParameters*)> owned(
        parameters, [](AVCodecParameters* each) { avcodec_parameters_free(&each); });
    Need(avcodec_parameters_copy(parameters, to_byte_stream_->par_in), "parameters of a stream");
    av_freep(&parameters->extradata);
    parameters->extradata = static_cast<std::uint8_t*>(Needed(av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE)));
    std::copy_n(changed, size, parameters->extradata);
    parameters->extradata_size = static_cast<int>(size);
    try {
      Begin(*parameters);
    } catch (const std::runtime_error&) {
      return false;  // nothing of it is kept, and the next packet may be as they were before
    }
  }
  av_packet_unref(packet_.get());
  Need(av_packet_ref(packet_.get(), &packet), "a packet");
  if (av_bsf_send_packet(to_byte_stream_.get(), packet_.get()) < 0) return false;
  // One packet of these filters' makes one, or none where it is damaged.
  if (av_bsf_receive_packet(to_byte_stream_.get(), packet_.get()) >= 0) return true;
  av_bsf_flush(to_byte_stream_.get());
  return false;
}

Payload AccessUnits::Assemble(const std::vector<NalUnit>& nals, bool key) {
  std::vector<NalUnit> whole;
  auto next = nals.begin();
  if (KindOf(*next, codec_) == NalKind::kDelimiter) whole.push_back(*next++);
  // All of them stand in front, those that the unit has itself as well, which are the newest.
  if (key) {
    for (const auto& [id, set] : parameter_sets_) whole.push_back(set);
  }
  std::copy_if(next, nals.end(), std::back_inserter(whole),
               [&](NalUnit nal) { return !key || KindOf(nal, codec_) != NalKind::kParameterSet; });
  std::size_t size = 0;
  for (const NalUnit nal : whole) size += kStartCode.size() + nal.size();
  // What libavcodec reads has to be followed by zeros.
  const auto bytes = std::make_shared<std::vector<std::byte>>();
  bytes->reserve(size + AV_INPUT_BUFFER_PADDING_SIZE);
  for (const NalUnit nal : whole) {
    bytes->insert(bytes->end(), kStartCode.begin(), kStartCode.end());
    bytes->insert(bytes->end(), nal.begin(), nal.end());
  }
  bytes->resize(size + AV_INPUT_BUFFER_PADDING_SIZE);
  return {bytes, std::span<const std::byte>(*bytes).first(size)};
}

void AccessUnits::ReadSize(AccessUnit& unit) {
  const auto bytes = unit.bytes.bytes();
  std::uint8_t* ignored = nullptr;
  int ignored_size = 0;
  av_parser_parse2(parser_.get(), context_.get(), &ignored, &ignored_size,
                   reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()), AV_NOPTS_VALUE,
                   AV_NOPTS_VALUE, 0);
  unit.width = std::max(parser_->width, 0);
  unit.height = std::max(parser_->height, 0);
}

std::optional<AccessUnit> AccessUnits::Make(const AVPacket& packet) {
  if (packet.size <= 0 || !ToByteStream(packet)) return std::nullopt;
  const auto bytes = std::as_bytes(std::span(packet_->data, static_cast<std::size_t>(packet_->size)));
  const std::vector<NalUnit> nals = SplitByteStream(bytes);
  bool pictured = false;
  for (const NalUnit nal : nals) {
    const NalKind kind = KindOf(nal, codec_);
    pictured = pictured || kind == NalKind::kPicture || kind == NalKind::kKeyPicture;
  }
  Remember(nals);
  if (!pictured) return std::nullopt;
  AccessUnit unit;
  unit.codec = codec_;
  unit.is_key = IsKey(nals, codec_, (packet.flags & AV_PKT_FLAG_KEY) != 0) && knows_parameters();
  unit.hidden = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
  unit.broken = (packet.flags & AV_PKT_FLAG_CORRUPT) != 0;
  unit.bytes = Assemble(nals, unit.is_key);
  unit.pts_us = MicrosecondsOf(packet.pts, *time_base_);
  unit.dts_us = MicrosecondsOf(packet.dts, *time_base_);
  ReadSize(unit);
  return unit;
}

}  // namespace framespool::media
