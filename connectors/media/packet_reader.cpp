#include "framespool/media/packet_reader.h"

#include <algorithm>
#include <cmath>
#include <set>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
}

namespace framespool::media {
namespace {

// A damaged spot may take several reads to get over; a file that fails this often in a row has ended.
constexpr int kReadAttempts = 200;

// FFmpeg draws text files as pictures.
bool IsText(AVCodecID codec) {
  return codec == AV_CODEC_ID_ANSI || codec == AV_CODEC_ID_BINTEXT || codec == AV_CODEC_ID_XBIN ||
         codec == AV_CODEC_ID_IDF;
}

/// The kinds of file that may hold one picture as well as many.
bool MayBeStill(const std::string& container) {
  static const std::set<std::string> kKinds = {"gif", "apng", "jpegxl_anim", "webp"};
  return kKinds.contains(container);
}

/// The first with pictures that move: a cover, or a thumbnail of a chapter, is passed over. One that cannot be decoded
/// here is only taken for want of another.
AVStream* FirstVideo(const AVFormatContext& format) {
  AVStream* undecodable = nullptr;
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    AVStream* stream = format.streams[i];
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_VIDEO) continue;
    if ((stream->disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0) continue;
    if (avcodec_find_decoder(stream->codecpar->codec_id) != nullptr && stream->codecpar->width > 0) return stream;
    if (undecodable == nullptr) undecodable = stream;
  }
  return undecodable;
}

std::string WhatIsThere(const AVFormatContext& format) {
  std::string streams;
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    const AVCodecParameters& codec = *format.streams[i]->codecpar;
    const char* kind = av_get_media_type_string(codec.codec_type);
    if ((format.streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) kind = "a cover picture";
    streams += (streams.empty() ? "" : ", ") + std::string(kind ? kind : "unknown") + " (" +
               avcodec_get_name(codec.codec_id) + ")";
  }
  return streams.empty() ? "nothing" : streams;
}

double Rate(AVRational rate) { return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0; }

const std::int32_t* DisplayMatrix(const AVStream& stream) {
#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 31, 102)
  const AVPacketSideData* data = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data != nullptr && data->size >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(data->data)
                                                                   : nullptr;
#else
  std::size_t size = 0;
  const auto* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data != nullptr && size >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(data) : nullptr;
#endif
}

bool HoldsOnePacket(const std::string& path, const Patience& patience) {
  const Container container(path, patience);
  AVPacket* packet = av_packet_alloc();
  int count = 0;
  while (count < 2 && packet != nullptr && av_read_frame(&container.format(), packet) >= 0) {
    ++count;
    av_packet_unref(packet);
  }
  av_packet_free(&packet);
  return count == 1;
}

StreamFacts FactsOf(AVFormatContext& format, AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  StreamFacts facts;
  facts.container = format.iformat->name;
  facts.codec = avcodec_get_name(codec.codec_id);
  facts.mjpeg = codec.codec_id == AV_CODEC_ID_MJPEG;
  facts.interlaced = codec.field_order != AV_FIELD_UNKNOWN && codec.field_order != AV_FIELD_PROGRESSIVE;
  facts.joins = (format.iformat->flags & AVFMT_TS_DISCONT) != 0;
  facts.width = codec.width;
  facts.height = codec.height;
  facts.fps = Rate(av_guess_frame_rate(&format, &stream, nullptr));
  if (const auto* matrix = DisplayMatrix(stream)) facts.turn = TurnOfMatrix(matrix);
  const AVRational shape = av_guess_sample_aspect_ratio(&format, &stream, nullptr);
  facts.square = shape.num <= 0 || shape.den <= 0 || shape.num == shape.den;
  const double average = Rate(stream.avg_frame_rate);
  if (stream.nb_frames > 0) {
    facts.frames_promised = stream.nb_frames;
  } else if (format.duration_estimation_method == AVFMT_DURATION_FROM_STREAM && format.duration > 0 && average > 0) {
    const double frames = static_cast<double>(format.duration) / AV_TIME_BASE * average;
    facts.frames_promised = frames < 1e15 ? std::llround(frames) : 0;
    facts.promise_is_estimate = true;
  }
  return facts;
}

/// Frames that are decoded but never shown by themselves: alternate references of VP8 and VP9 in packets of their own.
bool IsShown(AVCodecID codec, std::span<const std::byte> data) {
  if (data.empty()) return true;
  const auto first = std::to_integer<unsigned>(data[0]);
  if (codec == AV_CODEC_ID_VP8) return (first & 0x10U) != 0;
  if (codec != AV_CODEC_ID_VP9) return true;
  const bool several = (std::to_integer<unsigned>(data.back()) & 0xe0U) == 0xc0U;  // a superframe's index ends so
  const bool marked = (first & 0xc0U) == 0x80U && (first & 0x30U) != 0x30U;
  constexpr unsigned kShowExisting = 0x08;
  constexpr unsigned kShow = 0x02;
  return several || !marked || (first & kShowExisting) != 0 || (first & kShow) != 0;
}

}  // namespace

void PacketReader::FreePacket::operator()(AVPacket* packet) const { av_packet_free(&packet); }

PacketReader::PacketReader(const std::string& path, const Patience& patience)
    : container_(path, patience), packet_(av_packet_alloc()) {
  if (!packet_) throw std::bad_alloc();
  AVFormatContext& opened = container_.format();
  stream_ = FirstVideo(opened);
  if (stream_ != nullptr && IsText(stream_->codecpar->codec_id)) throw NoVideo(Wanted(path) + "is text; give a video");
  if (stream_ == nullptr) {
    throw NoVideo(Wanted(path) + "has no video stream: it holds " + WhatIsThere(opened) +
                  "; give a file with pictures");
  }
  if (stream_->codecpar->codec_id == AV_CODEC_ID_NONE || stream_->codecpar->width <= 0) {
    throw NoVideo(Wanted(path) + "holds video in a format that FFmpeg cannot read (" + WhatIsThere(opened) +
                  "); convert it, for instance: ffmpeg -i IN -c:v libx264 OUT.mp4");
  }
  for (unsigned i = 0; i < opened.nb_streams; ++i) {
    if (opened.streams[i] != stream_) opened.streams[i]->discard = AVDISCARD_ALL;
  }
  facts_ = FactsOf(opened, *stream_);
  if (MayBeStill(facts_.container) && HoldsOnePacket(path, patience)) {
    throw NoVideo(Wanted(path) + "is a single picture (" + facts_.container + "); give a video");
  }
}

PacketReader::~PacketReader() = default;

std::optional<Packet> PacketReader::Read() {
  for (int failures = 0; failures < kReadAttempts;) {
    av_packet_unref(packet_.get());
    const int status = av_read_frame(&container_.format(), packet_.get());
    if (status == AVERROR_EOF || status == AVERROR_EXIT) return std::nullopt;
    if (status < 0) {
      ++failures;
      continue;
    }
    if (packet_->stream_index != stream_->index) continue;
    Packet packet;
    packet.data = std::as_bytes(std::span(packet_->data, static_cast<std::size_t>(packet_->size)));
    packet.raw = packet_.get();
    if (packet_->pts != AV_NOPTS_VALUE) {
      packet.pts = packet_->pts;
    } else if (packet_->dts != AV_NOPTS_VALUE) {
      packet.pts = packet_->dts;
    } else {
      timed_ = false;  // a raw stream has no clock at all
    }
    packet.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    packet.whole = (packet_->flags & AV_PKT_FLAG_CORRUPT) == 0;
    packet.shown = (packet_->flags & AV_PKT_FLAG_DISCARD) == 0 && IsShown(stream_->codecpar->codec_id, packet.data);
    return packet;
  }
  return std::nullopt;
}

std::optional<Packet> PacketReader::Next() {
  if (!peeked_) return Read();
  auto packet = *peeked_;
  peeked_.reset();
  return packet;
}

std::optional<Packet> PacketReader::Peek() {
  if (!peeked_) peeked_ = Read();
  return *peeked_;
}

bool PacketReader::Seek(std::int64_t pts) {
  peeked_.reset();
  return timed_ && av_seek_frame(&container_.format(), stream_->index, pts, AVSEEK_FLAG_BACKWARD) >= 0;
}

double PacketReader::tick_us() const { return av_q2d(stream_->time_base) * 1e6; }

}  // namespace framespool::media
