#pragma once

#include <framespool/http/message.h>
#include <framespool/http/text.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framespool/access.h"
#include "framespool/record.h"

namespace framespool::mjpeg {

/// What was asked for, decoded.
struct Request {
  std::string method = {};
  unsigned version = 11;  // 10 or 11
  std::string path = {};
  std::string host = {};  // the headers of these names
  std::string origin = {};
  std::string authorization = {};
  std::string cookie = {};
  std::string range = {};
  std::string if_range = {};
  std::string client = {};  // the address it came from
  bool is_fetch = false;    // a script of a page sends it, and not the browser by itself
  http::Query query = {};
  std::string raw_query = {};                   // as sent
  std::shared_ptr<const ViewerLink> link = {};  // by which it was let in; null: by none
  std::stop_token admitted = {};                // asked to stop when it would not be let in any more: AccessAnswer

  bool head() const { return method == "HEAD"; }
  /// The value of the first query key of this name.
  std::optional<std::string> Query(std::string_view key) const;
  /// The parts of that value, which stand between commas; a percent-encoded comma is a part's own. One empty part where
  /// it is empty, none where there is no such key.
  std::vector<std::string> List(std::string_view key) const;
};

/// `sent`, decoded; nothing when its target is no path, or its escapes are broken or stand for control characters.
std::optional<Request> Decode(const http::Request& sent);

struct Answer {
  int status = 200;
  std::string content_type = "application/json";
  http::Headers headers;
  std::string text;  // the body, unless there is an image
  Payload image;
  bool endless = false;  // a stream: no Content-Length

  bool ok() const { return status == 200; }
};

/// {"error": message} and a newline.
Answer Refuse(int status, std::string_view message);
// The same, by what is the matter: no status is said outside this folder.
Answer BadRequest(std::string_view message);
Answer Forbidden(std::string_view message);
Answer NotFound(std::string_view message);
/// What was asked for is understood, and cannot be made of these frames.
Answer Unprocessable(std::string_view message);
Answer Unavailable(std::string_view message);
/// 405, with what is allowed.
Answer WrongMethod(std::string_view method);
/// 503 with Retry-After: what is too much now, and that it is worth another try.
Answer Busy(std::string_view message);
/// Unavailable(): that `connector` is paused, and what to do.
Answer Paused(std::string_view connector);
/// Says what was asked for, where that is older than all the topic still holds and its first frame is given instead.
inline constexpr const char* kOlderHeader = "X-Framespool-Older-Than-Retained";

/// Says what was asked for, where that lies behind the newest frame: the answer waits for it, or is the newest frame.
inline constexpr const char* kStillToComeHeader = "X-Framespool-Still-To-Come";

/// The status line, the headers that all answers have, those of `answer`, and the empty line.
std::string HeadText(unsigned version, const Answer& answer);

}  // namespace framespool::mjpeg
