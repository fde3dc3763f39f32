#include "framespool/media/unit_decoder.h"

#include <algorithm>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>

#include "framespool/media/container.h"

extern "C" {
#include <libavcodec/avcodec.h>
}

namespace framespool::media {

void UnitDecoder::FreeContext::operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
void UnitDecoder::FreePacket::operator()(AVPacket* packet) const { av_packet_free(&packet); }

UnitDecoder::UnitDecoder(VideoCodec codec) : packet_(av_packet_alloc()) {
  SilenceLibraries();
  const AVCodec* decoder = avcodec_find_decoder(codec == VideoCodec::kH264 ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC);
  if (decoder == nullptr) {
    throw std::runtime_error(std::string("this libavcodec has no decoder for ") + ContentTypeOf(codec));
  }
  context_.reset(avcodec_alloc_context3(decoder));
  if (!context_ || !packet_) throw std::bad_alloc();
  context_->thread_count = 1;
  context_->max_pixels = kMostPixels;
  const int status = avcodec_open2(context_.get(), decoder, nullptr);
  if (status < 0) {
    throw std::runtime_error(std::string("the decoder for ") + ContentTypeOf(codec) +
                             " cannot be opened: " + AvErrorText(status));
  }
}

UnitDecoder::~UnitDecoder() = default;

bool UnitDecoder::Send(std::span<const std::byte> unit, std::int64_t tag, bool hidden) {
  if (unit.empty() || unit.size() > static_cast<std::size_t>(std::numeric_limits<int>::max() / 2)) return false;
  // A copy, because libavcodec reads beyond the end.
  if (av_new_packet(packet_.get(), static_cast<int>(unit.size())) < 0) throw std::bad_alloc();
  std::copy_n(reinterpret_cast<const std::uint8_t*>(unit.data()), unit.size(), packet_->data);
  packet_->pts = tag;
  if (hidden) packet_->flags |= AV_PKT_FLAG_DISCARD;
  const int status = avcodec_send_packet(context_.get(), packet_.get());
  av_packet_unref(packet_.get());
  return status >= 0;
}

void UnitDecoder::End() {
  ending_ = true;
  if (gave_frame_) LetGoOfAll(*context_);
  avcodec_send_packet(context_.get(), nullptr);
}

std::optional<UnitDecoder::Decoded> UnitDecoder::Receive() {
  FramePtr frame = NewFrame();
  int status = 0;
  // While it ends, a frame that cannot be given has others behind it.
  do {
    status = avcodec_receive_frame(context_.get(), frame.get());
  } while (ending_ && status < 0 && status != AVERROR_EOF && status != AVERROR(EAGAIN));
  if (status >= 0) {
    gave_frame_ = true;
    if (ending_) LetGoOfAll(*context_);
    const bool damaged = frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    const std::int64_t tag = frame->pts;
    return Decoded{tag, std::move(frame), damaged};
  }
  if (ending_) {
    ending_ = false;
    gave_frame_ = false;
    BeginAnew(*context_);
  }
  return std::nullopt;
}

}  // namespace framespool::media
