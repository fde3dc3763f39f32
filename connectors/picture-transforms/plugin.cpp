#include <framespool/plugin.h>

#include "blur.h"
#include "crop.h"
#include "frame_rate.h"
#include "grayscale.h"
#include "motion_filter.h"
#include "overlay.h"
#include "reencode.h"
#include "resize.h"
#include "rotate.h"

namespace {

using namespace framespool;
using namespace framespool::picture_transforms;

}  // namespace

FRAMESPOOL_PLUGIN("0.1.0", TransformOf<Blur>("Blur", "Makes regions of a picture unsharp, or black."),
                  TransformOf<Crop>("Crop", "Cuts a part out of a picture."),
                  TransformOf<FrameRate>("FrameRate", "Leaves frames out, so that fewer a second remain."),
                  TransformOf<Grayscale>("Grayscale", "Takes the colour out of a picture."),
                  TransformOf<MotionFilter>("MotionFilter", "Leaves pictures out in which nothing moves."),
                  TransformOf<Overlay>("Overlay", "Writes time, text and headers into a picture."),
                  TransformOf<Reencode>("Reencode", "Writes a picture in another format, quality or size in bytes."),
                  TransformOf<Resize>("Resize", "Makes a picture smaller or larger."),
                  TransformOf<Rotate>("Rotate", "Turns and mirrors a picture."))
