#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "framespool/media/decoder.h"
#include "framespool/media/image.h"
#include "framespool/record.h"

struct AVCodecContext;
struct AVFormatContext;
struct AVPacket;
struct AVStream;

namespace framespool::media {

/// `bgr` (kBgr8) as a video holds them, scaled to `size` (both even): YUV 4:2:0, BT.601, limited range. Any thread.
/// Throws std::runtime_error.
FramePtr ToYuv(const Pixels& bgr, ImageSize size);

/// An mp4 file: H.264, or MPEG-4 where libavcodec came without it. Used by one thread; encodes on as many as it is
/// given cores. Throws std::runtime_error.
class Mp4Writer {
 public:
  /// `rate` frames in `scale` seconds.
  Mp4Writer(const std::string& path, ImageSize size, int rate, int scale);
  ~Mp4Writer();
  Mp4Writer(const Mp4Writer&) = delete;
  Mp4Writer& operator=(const Mp4Writer&) = delete;

  /// The next picture, of the file's size.
  void Write(FramePtr frame);
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

}  // namespace framespool::media
