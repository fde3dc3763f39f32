#pragma once

#include "framespool/media/picture_maker.h"

namespace framespool::video_file {

/// What is made of a file's frames.
struct FrameOptions {
  bool as_they_are = true;  // pictures that the file holds as JPEGs pass through where no width is set
  bool copy = false;        // access units of H.264 and H.265 instead of pictures
  media::PictureOptions picture{};
};

}  // namespace framespool::video_file
