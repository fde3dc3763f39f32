#pragma once

#include "framespool/media/picture_maker.h"

namespace framespool::video_file {

/// What is made of a file's frames.
struct FrameOptions {
  bool as_they_are = true;  // pictures that the file holds as JPEGs pass through where no width is set
  media::PictureOptions picture{};
};

}  // namespace framespool::video_file
