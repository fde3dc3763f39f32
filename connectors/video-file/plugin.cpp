#include "framespool/plugin.h"

#include "video_file_source.h"

FRAMESPOOL_PLUGIN("1.0.0", framespool::Source<framespool::video_file::VideoFileSource>(
                               "VideoFileSource", "Plays a video file into a topic, one image a frame."))
