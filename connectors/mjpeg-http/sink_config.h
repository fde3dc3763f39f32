#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framespool/config_def.h"

namespace framespool::mjpeg {

struct SinkConfig {
  std::vector<std::string> topics;
  std::string host = "127.0.0.1";
  std::int32_t port = 5000;
  std::string path = "/";
  std::string playback = "resume";
  std::string pace = "recorded";
  std::string framing = "boundary";
  std::string advertised_url;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allow_origins;
  std::string basic_auth;
  std::string bearer_token;
  std::int32_t viewers_max = 1000;
  std::int32_t resume_rewind_ms = 250;
  std::int32_t stall_timeout_ms = 10000;
};

const ConfigDef<SinkConfig>& DescribeSink();

}  // namespace framespool::mjpeg
