#include "framespool/media/decoder.h"

#include <new>
#include <string>

#include "framespool/media/container.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::media {
namespace {

// A decoder may report what it could not decode frame by frame; one that does nothing else is not asked for ever.
constexpr int kMostFailures = 64;

#if LIBAVCODEC_VERSION_INT >= AV_VERSION_INT(60, 2, 100)
#define FRAMESPOOL_PLACE_IN_OPAQUE 1
#else
#define FRAMESPOOL_PLACE_IN_OPAQUE 0
#endif

}  // namespace

void FreeFrame::operator()(AVFrame* frame) const { av_frame_free(&frame); }
void Decoder::FreeContext::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }

FramePtr NewFrame() {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

void LetGoOfAll(AVCodecContext& ending) { ending.flags |= AV_CODEC_FLAG_OUTPUT_CORRUPT; }

void BeginAnew(AVCodecContext& context) {
  avcodec_flush_buffers(&context);
  context.flags &= ~AV_CODEC_FLAG_OUTPUT_CORRUPT;
}

std::optional<std::string> TooManyPixels(const std::string& path, int width, int height) {
  if (std::int64_t{width} * height <= Decoder::kMostPixels) return std::nullopt;
  return "must be a video file of at most " + std::to_string(Decoder::kMostPixels) + " pixels a picture, but \"" +
         path + "\" has pictures of " + std::to_string(width) + "x" + std::to_string(height) +
         "; make them smaller, for instance: ffmpeg -i IN -vf scale=3840:-2 OUT.mp4";
}

Decoder::Decoder(const AVStream& stream, int threads, const std::string& path) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const auto refuse = [&](const std::string& why) {
    throw NoVideo("must be a video file, but \"" + path + "\" holds " + avcodec_get_name(parameters.codec_id) +
                  " video that FFmpeg cannot decode here" + why +
                  "; convert it, for instance: ffmpeg -i IN -c:v libx264 OUT.mp4");
  };
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) refuse("");
  context_.reset(avcodec_alloc_context3(codec));
  if (!context_) throw std::bad_alloc();
  int status = avcodec_parameters_to_context(context_.get(), &parameters);
  context_->pkt_timebase = stream.time_base;
  context_->thread_count = threads;
  context_->max_pixels = kMostPixels;
#if FRAMESPOOL_PLACE_IN_OPAQUE
  context_->flags |= AV_CODEC_FLAG_COPY_OPAQUE;
#endif
  if (status >= 0) status = avcodec_open2(context_.get(), codec, nullptr);
  if (status < 0) {
    if (const auto problem = TooManyPixels(path, parameters.width, parameters.height)) throw NoVideo(*problem);
  }
  if (status < 0) refuse(" (" + AvErrorText(status) + ")");
}

Decoder::~Decoder() = default;

void Decoder::Send(AVPacket* packet) {
  draining_ = draining_ || packet == nullptr;
#if FRAMESPOOL_PLACE_IN_OPAQUE
  if (packet != nullptr) packet->opaque = reinterpret_cast<void*>(packet->pos + 1);
#endif
  if (draining_ && gave_frame_) LetGoOfAll(*context_);
  avcodec_send_packet(context_.get(), packet);
}

FramePtr Decoder::Receive() {
  FramePtr frame = NewFrame();
  while (!at_end_) {
    const int status = avcodec_receive_frame(context_.get(), frame.get());
    if (status >= 0) {
      failures_ = 0;
      gave_frame_ = true;
      if (draining_) LetGoOfAll(*context_);
      return frame;
    }
    if (status == AVERROR_EOF) {
      at_end_ = true;
    } else if (status == AVERROR(EAGAIN)) {
      at_end_ = draining_;
      return nullptr;
    } else if (++failures_ > kMostFailures) {
      failures_ = 0;
      at_end_ = draining_;
      return nullptr;
    }
  }
  return nullptr;
}

void Decoder::Flush() {
  BeginAnew(*context_);
  gave_frame_ = false;
  draining_ = false;
  at_end_ = false;
  failures_ = 0;
}

std::optional<std::int64_t> TicksOf(const AVFrame& frame) {
  if (frame.best_effort_timestamp != AV_NOPTS_VALUE) return frame.best_effort_timestamp;
  return frame.pts != AV_NOPTS_VALUE ? std::optional(frame.pts) : std::nullopt;
}

std::optional<std::int64_t> PlaceOf(const AVFrame& frame) {
#if FRAMESPOOL_PLACE_IN_OPAQUE
  const std::int64_t place = reinterpret_cast<std::intptr_t>(frame.opaque) - 1;
#else
  const std::int64_t place = frame.pkt_pos;
#endif
  return place >= 0 ? std::optional(place) : std::nullopt;
}

}  // namespace framespool::media
