#include "library_log.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>

#include "framespool/media/container.h"

extern "C" {
#include <libavutil/log.h>
}

namespace framespool::media {
namespace {

constexpr std::string_view kHidden = "[hidden]";
constexpr int kLongestLine = 4096;

void Silent(void*, int, const char*, va_list) {}

void ToStandardError(void* source, int level, const char* format, va_list arguments) {
  if (level > av_log_get_level()) return;
  char line[kLongestLine];
  int prefix = 1;
  av_log_format_line2(source, level, format, arguments, line, sizeof line, &prefix);
  std::fputs(Scrubbed(line).c_str(), stderr);
}

}  // namespace

std::string Scrubbed(std::string_view line) {
  std::string text(line);
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at)) {
    at += 3;
    const std::size_t end = text.find_first_of(" \t\r\n'\"/?#", at);
    const std::size_t sign = text.rfind('@', end == std::string::npos ? end : end - 1);
    if (sign == std::string::npos || sign < at || (end != std::string::npos && sign > end)) continue;
    text.replace(at, sign - at, kHidden);
  }
  constexpr std::string_view kHeader = "uthorization:";
  for (std::size_t at = text.find(kHeader); at != std::string::npos; at = text.find(kHeader, at)) {
    at += kHeader.size();
    const std::size_t end = std::min(text.find_first_of("\r\n", at), text.size());
    text.replace(at, end - at, " [hidden]");
  }
  return text;
}

void SilenceLibraries() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (std::getenv("OPENCV_FFMPEG_LOGLEVEL") != nullptr) {
      av_log_set_callback(ToStandardError);
      return;
    }
    av_log_set_callback(Silent);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_ERROR);
  });
}

}  // namespace framespool::media
