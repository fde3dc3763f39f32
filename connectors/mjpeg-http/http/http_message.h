#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framespool/record.h"

namespace framespool::mjpeg {

/// What was asked for, decoded.
struct Request {
  std::string method;
  unsigned version = 11;  // 10 or 11
  std::string path;
  std::string host;  // the headers of these names
  std::string origin;
  std::string authorization;
  std::vector<std::pair<std::string, std::string>> query;

  bool head() const { return method == "HEAD"; }
  /// The value of the first query key of this name.
  std::optional<std::string> Query(std::string_view key) const;
};

/// The path and query of a request target; nothing when its escapes are broken.
bool ParseTarget(std::string_view target, Request& request);

struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text;  // the body, unless there is an image
  Payload image;
  bool endless = false;  // a stream: no Content-Length
};

/// {"error": message} and a newline.
Answer Refuse(int status, std::string_view message);
/// 405, with what is allowed.
Answer WrongMethod(std::string_view method);
/// 503 with Retry-After: what is too much now, and that it is worth another try.
Answer Busy(std::string_view message);
/// Says what was asked for, where that is older than all the topic still holds and its first frame is given instead.
inline constexpr const char* kOlderHeader = "X-Framespool-Older-Than-Retained";

/// Says what was asked for, where that lies behind the newest frame: the answer waits for it, or is the newest frame.
inline constexpr const char* kStillToComeHeader = "X-Framespool-Still-To-Come";

/// The status line and all headers but Content-Length, without the blank line.
std::string HeadText(unsigned version, const Answer& answer);

}  // namespace framespool::mjpeg
