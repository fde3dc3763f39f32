#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <cstdint>
#include <memory>
#include <string>

#include "picture/image_file.h"

namespace framespool::mjpeg {

struct FrameDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
using YuvFrame = std::unique_ptr<AVFrame, FrameDeleter>;

/// `pixels` as a video holds them, scaled to `size` (both even). Any thread.
YuvFrame ToYuv(const Pixels& pixels, ImageSize size);

/// An mp4 file: H.264, or MPEG-4 where libavcodec came without it. Used by one thread; encodes on as many as it is
/// given cores. Throws std::runtime_error.
class Mp4Writer {
 public:
  /// `rate` frames in `scale` seconds.
  Mp4Writer(const std::string& path, ImageSize size, int rate, int scale);
  ~Mp4Writer();
  Mp4Writer(const Mp4Writer&) = delete;
  Mp4Writer& operator=(const Mp4Writer&) = delete;

  void Write(YuvFrame frame);
  /// Once, after the last frame.
  void Finish();

 private:
  void Encode(AVFrame* frame);

  const std::string path_;
  AVCodecContext* codec_ = nullptr;
  AVFormatContext* file_ = nullptr;
  AVStream* stream_ = nullptr;
  AVPacket* packet_ = nullptr;
  std::int64_t next_ = 0;
};

}  // namespace framespool::mjpeg
