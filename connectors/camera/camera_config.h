#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "framespool/connector.h"

namespace framespool::camera {

/// How RTSP carries its packets. kHttp: within HTTP, for a way that lets nothing else through.
enum class Transport { kTcp, kUdp, kMulticast, kHttp, kAuto };
/// What the address gives. kAuto: as its scheme and its first bytes say.
enum class InputFormat { kAuto, kMpjpeg, kMpegts, kHls, kFlv, kV4l2, kLavfi };
/// kCopy stores H.264, H.265 and JPEG as they come; kJpeg makes a JPEG of each picture.
enum class VideoForm { kCopy, kJpeg };
/// Whose clock a record's timestamp is of.
enum class TimeFrom { kReceived, kCamera };

struct CameraConfig {
  std::string url;
  std::string snapshot_url;
  std::chrono::duration<std::int32_t, std::milli> snapshot_interval{1000};
  std::string username;
  std::string password;
  std::string topic;
  std::string record_key;
  Transport transport = Transport::kTcp;
  InputFormat format = InputFormat::kAuto;
  std::vector<std::string> input_options;
  bool tls_verify = true;
  VideoForm video = VideoForm::kCopy;
  std::int32_t jpeg_quality = 80;
  std::int32_t width = 0;
  double fps = 0;
  TimeFrom time = TimeFrom::kReceived;
  std::chrono::duration<std::int32_t, std::milli> timeout{5000};
  std::chrono::duration<std::int32_t, std::milli> backoff{1000};
  std::chrono::duration<std::int32_t, std::milli> backoff_max{30000};
  std::chrono::duration<std::int32_t, std::milli> gop_max{10000};
};

const ConfigDef<CameraConfig>& DescribeCamera();
const std::vector<MetricSpec>& CameraMetrics();

}  // namespace framespool::camera
