#pragma once

#include <cstdint>
#include <memory>
#include <opencv2/videoio.hpp>
#include <optional>
#include <string>

#include "frame_reader.h"
#include "frame_times.h"
#include "image_encoder.h"
#include "packet_reader.h"

namespace framespool::video_file {

/// The frames of a file as OpenCV decodes them, scaled and encoded. A second reader of the same file's packets tells
/// their times, and whether the decoder has missed any.
class DecodedFrames final : public FrameReader {
 public:
  DecodedFrames(const std::string& path, int width, std::unique_ptr<ImageEncoder> encoder);

  bool Advance() override;
  Frame Picture() override;
  FrameTime time() const override { return time_; }
  std::string Check() override;
  bool SeekTo(std::int64_t index, const std::optional<FrameMark>& mark) override;
  std::optional<Expectation> expected() const override;
  const StreamFacts& facts() const noexcept override { return packets_.facts(); }
  double frame_us() const noexcept override { return times_.scale().frame_us(); }
  bool passes_through() const noexcept override { return false; }

 private:
  bool Grab();
  const cv::Mat& Decoded();

  PacketReader packets_;
  FrameTimes times_;
  cv::VideoCapture capture_;
  std::unique_ptr<ImageEncoder> encoder_;
  int width_;
  cv::Mat decoded_;
  cv::Mat scaled_;
  bool have_decoded_ = false;
  FrameTime time_;
};

}  // namespace framespool::video_file
