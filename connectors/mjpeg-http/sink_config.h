#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "framespool/config_def.h"

namespace framespool::mjpeg {

enum class Playback { kResume, kLive };
enum class Pace { kRecorded, kUnpaced };
enum class PartFraming { kBoundary, kLength };

struct SinkConfig {
  using Milliseconds = std::chrono::duration<std::int32_t, std::milli>;  // an INT to REST

  std::vector<std::string> topics;
  std::string host = "127.0.0.1";
  std::int32_t port = 5000;
  std::string path = "/";
  Playback playback = Playback::kResume;
  Pace pace = Pace::kRecorded;
  PartFraming framing = PartFraming::kBoundary;
  std::string advertised_url;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allow_origins;
  std::string basic_auth;
  std::string bearer_token;
  std::int32_t viewers_max = 1000;
  std::int32_t decoders_max = 16;
  Milliseconds resume_rewind{250};
  Milliseconds stall_timeout{10'000};
};

const ConfigDef<SinkConfig>& DescribeSink();

}  // namespace framespool::mjpeg
