#include "framespool/media/mp4_writer.h"

#include <array>
#include <memory>
#include <new>
#include <stdexcept>

#include "framespool/media/container.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace framespool::media {

namespace {

void Need(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": " + AvErrorText(result));
}

struct FreeScaler {
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};

const AVCodec* BestCodec() {
  const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
  if (codec == nullptr) codec = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
  if (codec == nullptr) throw std::runtime_error("this libavcodec has neither libx264 nor mpeg4; take format=avi");
  return codec;
}

}  // namespace

FramePtr ToYuv(const Pixels& bgr, ImageSize size) {
  FramePtr frame = NewFrame();
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = size.width;
  frame->height = size.height;
  frame->color_range = AVCOL_RANGE_MPEG;
  frame->colorspace = AVCOL_SPC_SMPTE170M;
  Need(av_frame_get_buffer(frame.get(), 0), "no memory for a frame");
  const int how = bgr.width == size.width && bgr.height == size.height ? SWS_POINT : SWS_AREA;
  const std::unique_ptr<SwsContext, FreeScaler> scaler(sws_getContext(bgr.width, bgr.height, AV_PIX_FMT_BGR24,
                                                                      size.width, size.height, AV_PIX_FMT_YUV420P, how,
                                                                      nullptr, nullptr, nullptr));
  if (!scaler) throw std::runtime_error("a frame cannot be scaled");
  const int* colors = sws_getCoefficients(SWS_CS_SMPTE170M);
  sws_setColorspaceDetails(scaler.get(), colors, 1, colors, 0, 0, 1 << 16, 1 << 16);
  const std::array<const std::uint8_t*, 1> from{reinterpret_cast<const std::uint8_t*>(bgr.planes.front().bytes.data())};
  const std::array<int, 1> stride{static_cast<int>(bgr.planes.front().stride)};
  sws_scale(scaler.get(), from.data(), stride.data(), 0, bgr.height, frame->data, frame->linesize);
  return frame;
}

Mp4Writer::Mp4Writer(const std::string& path, ImageSize size, int rate, int scale) : path_(path) {
  const AVCodec* codec = BestCodec();
  codec_ = avcodec_alloc_context3(codec);
  packet_ = av_packet_alloc();
  if (codec_ == nullptr || packet_ == nullptr) throw std::bad_alloc();
  codec_->width = size.width;
  codec_->height = size.height;
  codec_->pix_fmt = AV_PIX_FMT_YUV420P;
  codec_->time_base = {scale, rate};
  codec_->framerate = {rate, scale};
  codec_->color_range = AVCOL_RANGE_MPEG;
  codec_->colorspace = AVCOL_SPC_SMPTE170M;
  codec_->color_primaries = AVCOL_PRI_SMPTE170M;
  codec_->color_trc = AVCOL_TRC_SMPTE170M;
  codec_->thread_count = 0;
  codec_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  if (codec->id == AV_CODEC_ID_H264) {
    // Somebody waits for it, and it is watched a few times: its defaults are made for files that are watched for years.
    av_dict_set(&options, "preset", "ultrafast", 0);
    av_dict_set(&options, "crf", "23", 0);
  } else {
    codec_->flags |= AV_CODEC_FLAG_QSCALE;
    codec_->global_quality = 4 * FF_QP2LAMBDA;
  }
  int result = avcodec_open2(codec_, codec, &options);
  av_dict_free(&options);
  Need(result, std::string("the encoder ") + codec->name + " cannot be opened");
  Need(avformat_alloc_output_context2(&file_, nullptr, "mp4", path.c_str()), "no mp4 can be written");
  stream_ = avformat_new_stream(file_, nullptr);
  if (stream_ == nullptr) throw std::bad_alloc();
  Need(avcodec_parameters_from_context(stream_->codecpar, codec_), "no stream");
  stream_->time_base = codec_->time_base;
  stream_->avg_frame_rate = codec_->framerate;
  Need(avio_open(&file_->pb, path.c_str(), AVIO_FLAG_WRITE), "cannot write " + path);
  // The index first: it plays while it is loaded.
  av_dict_set(&options, "movflags", "+faststart", 0);
  result = avformat_write_header(file_, &options);
  av_dict_free(&options);
  Need(result, "cannot write " + path);
}

Mp4Writer::~Mp4Writer() {
  if (file_ != nullptr) {
    if (file_->pb != nullptr) avio_closep(&file_->pb);
    avformat_free_context(file_);
  }
  av_packet_free(&packet_);
  avcodec_free_context(&codec_);
}

void Mp4Writer::Write(FramePtr frame) {
  frame->pts = next_++;
  Encode(frame.get());
}

void Mp4Writer::Finish() {
  Encode(nullptr);
  Need(av_write_trailer(file_), "cannot write " + path_);
  Need(avio_closep(&file_->pb), "cannot write " + path_);
}

void Mp4Writer::Encode(AVFrame* frame) {
  Need(avcodec_send_frame(codec_, frame), "a frame cannot be encoded");
  while (true) {
    const int result = avcodec_receive_packet(codec_, packet_);
    if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
    Need(result, "a frame cannot be encoded");
    packet_->duration = 1;
    av_packet_rescale_ts(packet_, codec_->time_base, stream_->time_base);
    packet_->stream_index = stream_->index;
    Need(av_interleaved_write_frame(file_, packet_), "cannot write " + path_);
  }
}

}  // namespace framespool::media
