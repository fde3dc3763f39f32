#include "framespool/plugin.h"

#include "camera_source.h"

FRAMESPOOL_PLUGIN("1.0.0", framespool::Source<framespool::camera::CameraSource>(
                               "CameraSource", "Records a camera into a topic, one record a frame, as it encoded it."))
