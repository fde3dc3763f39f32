#include "framespool/plugin.h"
#include "mjpeg_http_sink.h"

FRAMESPOOL_PLUGIN("1.0.0",
                  framespool::ViewOf<framespool::mjpeg::MjpegHttpSink>(
                      "MjpegHttpSink", "Shows a topic of pictures in any browser, as an MJPEG stream over HTTP."))
