#pragma once

#include <string>

#include "framespool/record.h"

namespace framespool::video_file {

/// One frame as it goes into a record.
struct Frame {
  Payload image;
  const char* content_type = "";
  int width = 0;
  int height = 0;
};

/// kAuto passes JPEGs through as they are, and makes them of anything else.
enum class ImageFormat { kAuto, kJpeg, kPng };

struct FrameOptions {
  ImageFormat format = ImageFormat::kAuto;
  int jpeg_quality = 80;
  int width = 0;
};

}  // namespace framespool::video_file
