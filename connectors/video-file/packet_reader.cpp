#include "packet_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <set>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
}

namespace framespool::video_file {
namespace {

// A damaged spot may take several reads to get over; a file that fails this often in a row has ended.
constexpr int kReadAttempts = 200;

std::string ErrorText(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

std::string Name(const std::string& path) { return "must be a video file, but \"" + path + "\" "; }

bool IsStillImage(const std::string& container) {
  return container == "image2" || container.ends_with("_pipe");
}

bool IsList(const std::string& container) {
  static const std::set<std::string> kLists = {"hls", "concat", "dash", "sdp", "rtsp", "webm_dash_manifest"};
  return kLists.contains(container);
}

// FFmpeg draws text files as pictures.
bool IsText(AVCodecID codec) {
  return codec == AV_CODEC_ID_ANSI || codec == AV_CODEC_ID_BINTEXT || codec == AV_CODEC_ID_XBIN || codec == AV_CODEC_ID_IDF;
}

/// The stream that cv::VideoCapture plays: the first with pictures.
AVStream* FirstVideo(const AVFormatContext& format) {
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    if (format.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO) return format.streams[i];
  }
  return nullptr;
}

std::string WhatIsThere(const AVFormatContext& format) {
  std::string streams;
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    const AVCodecParameters& codec = *format.streams[i]->codecpar;
    const char* kind = av_get_media_type_string(codec.codec_type);
    streams += (streams.empty() ? "" : ", ") + std::string(kind ? kind : "unknown") + " (" +
               avcodec_get_name(codec.codec_id) + ")";
  }
  return streams.empty() ? "nothing" : streams;
}

double Rate(AVRational rate) { return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0; }

StreamFacts FactsOf(AVFormatContext& format, AVStream& stream) {
  const AVCodecParameters& codec = *stream.codecpar;
  StreamFacts facts;
  facts.container = format.iformat->name;
  facts.codec = avcodec_get_name(codec.codec_id);
  facts.mjpeg = codec.codec_id == AV_CODEC_ID_MJPEG;
  facts.interlaced = codec.field_order != AV_FIELD_UNKNOWN && codec.field_order != AV_FIELD_PROGRESSIVE;
  facts.width = codec.width;
  facts.height = codec.height;
  facts.fps = Rate(av_guess_frame_rate(&format, &stream, nullptr));
  if (const auto* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr)) {
    const double angle = av_display_rotation_get(reinterpret_cast<const std::int32_t*>(matrix));
    facts.upright = std::isnan(angle) || std::abs(angle) < 1;
  }
  const double average = Rate(stream.avg_frame_rate);
  const bool steady = average > 0 && std::abs(Rate(stream.r_frame_rate) / average - 1) < 0.001;
  const bool indexed = facts.container.starts_with("mov,") || facts.container.starts_with("matroska") || facts.container == "avi";
  facts.seeks_by_frame = steady && indexed;
  if (stream.nb_frames > 0) {
    facts.frames_promised = stream.nb_frames;
  } else if (format.duration_estimation_method == AVFMT_DURATION_FROM_STREAM && format.duration > 0 && average > 0) {
    facts.frames_promised = std::llround(static_cast<double>(format.duration) / AV_TIME_BASE * average);
    facts.promise_is_estimate = true;
  }
  return facts;
}

void Silent(void*, int, const char*, va_list) {}

}  // namespace

void SilenceLibraries() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("OPENCV_FFMPEG_LOGLEVEL") != nullptr) return;
    // Not av_log_set_level(): OpenCV sets that itself when it opens its first file.
    av_log_set_callback(Silent);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_ERROR);
  });
}

void PacketReader::CloseFormat::operator()(AVFormatContext* format) const { avformat_close_input(&format); }
void PacketReader::FreePacket::operator()(AVPacket* packet) const { av_packet_free(&packet); }

PacketReader::PacketReader(const std::string& path) : packet_(av_packet_alloc()) {
  SilenceLibraries();
  AVFormatContext* opened = nullptr;
  // "file:" keeps a path like "a:b.mp4" from being read as a protocol.
  int status = avformat_open_input(&opened, ("file:" + path).c_str(), nullptr, nullptr);
  if (status < 0) {
    throw NoVideo(Name(path) + "is none that FFmpeg knows (" + ErrorText(status) +
                  "); if it should be one, was it copied or recorded to its end? ffprobe shows what it holds");
  }
  format_.reset(opened);
  const std::string container = format_->iformat->name;
  if (IsStillImage(container)) throw NoVideo(Name(path) + "is a single picture (" + container + "); give a video");
  if (IsList(container)) {
    throw NoVideo(Name(path) + "is a list of other files (" + container + "); give one video file");
  }
  status = avformat_find_stream_info(format_.get(), nullptr);
  stream_ = FirstVideo(*format_);
  if (stream_ != nullptr && IsText(stream_->codecpar->codec_id)) throw NoVideo(Name(path) + "is text; give a video");
  if (stream_ == nullptr || (stream_->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    throw NoVideo(Name(path) + "has no video stream: it holds " + WhatIsThere(*format_) + "; give a file with pictures");
  }
  if (status < 0 || stream_->codecpar->codec_id == AV_CODEC_ID_NONE || stream_->codecpar->width <= 0) {
    throw NoVideo(Name(path) + "holds video in a format that FFmpeg cannot read (" + WhatIsThere(*format_) +
                  "); convert it, for instance: ffmpeg -i IN -c:v libx264 OUT.mp4");
  }
  for (unsigned i = 0; i < format_->nb_streams; ++i) {
    if (format_->streams[i] != stream_) format_->streams[i]->discard = AVDISCARD_ALL;
  }
  facts_ = FactsOf(*format_, *stream_);
  const double tick_seconds = av_q2d(stream_->time_base);
  if (facts_.fps > 0 && tick_seconds > 0) frame_ticks_ = std::max<std::int64_t>(1, std::llround(1 / facts_.fps / tick_seconds));
}

PacketReader::~PacketReader() = default;

std::optional<Packet> PacketReader::Next() {
  for (int failures = 0; failures < kReadAttempts;) {
    av_packet_unref(packet_.get());
    const int status = av_read_frame(format_.get(), packet_.get());
    if (status == AVERROR_EOF) return std::nullopt;
    if (status < 0) {
      ++failures;
      continue;
    }
    if (packet_->stream_index != stream_->index) continue;
    Packet packet;
    packet.data = std::as_bytes(std::span(packet_->data, static_cast<std::size_t>(packet_->size)));
    packet.pts = packet_->pts != AV_NOPTS_VALUE ? packet_->pts : packet_->dts;
    // A raw stream has no clock at all.
    if (packet.pts == AV_NOPTS_VALUE) packet.pts = untimed_;
    untimed_ = packet.pts + frame_ticks_;
    packet.key = (packet_->flags & AV_PKT_FLAG_KEY) != 0;
    packet.whole = (packet_->flags & AV_PKT_FLAG_CORRUPT) == 0;
    packet.shown = (packet_->flags & AV_PKT_FLAG_DISCARD) == 0;
    constexpr std::byte kVp8Shown{0x10};
    if (stream_->codecpar->codec_id == AV_CODEC_ID_VP8 && !packet.data.empty()) {
      packet.shown = packet.shown && (packet.data[0] & kVp8Shown) != std::byte{0};
    }
    return packet;
  }
  return std::nullopt;
}

bool PacketReader::Seek(std::int64_t pts) {
  return av_seek_frame(format_.get(), stream_->index, pts, AVSEEK_FLAG_BACKWARD) >= 0;
}

double PacketReader::tick_us() const { return av_q2d(stream_->time_base) * 1e6; }

}  // namespace framespool::video_file
