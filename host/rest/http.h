#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framespool::rest {

/// One whole request as the guard lets it through: its line and headers are well-formed, its body is decoded.
struct Request {
  std::string method = {};
  std::string path = {};                                          // as sent, still percent-encoded
  std::string query = {};                                         // as sent, without '?'
  std::vector<std::pair<std::string, std::string>> headers = {};  // names in lower case
  std::string body = {};
  std::string client = {};  // the address it came from
  bool http_1_0 = false;
  bool keep_alive = true;

  /// The values of all headers called `name` (in lower case), joined with commas; nothing when there is none.
  std::optional<std::string> Header(std::string_view name) const;
};

/// What is sent back. A body is JSON unless `content_type` says otherwise.
struct Response {
  int status = 200;
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string content_type = "application/json";
};

/// Answers the request it was made for, at most once. Any thread; does nothing when the client is gone.
using Responder = std::function<void(Response)>;

/// Decodes %XX, and '+' as a space where `plus_is_space`. Nothing when a '%' is not followed by two hex digits.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);
/// Encodes all that a segment of a path may not have as it is (RFC 3986, pchar).
std::string PercentEncode(std::string_view text);

std::string LowerCase(std::string_view text);
/// Without the spaces and tabs around it.
std::string_view Strip(std::string_view text);
/// The parts between `separator`s, stripped; empty parts are left out.
std::vector<std::string_view> SplitList(std::string_view text, char separator);

/// The bytes to send. `head_only` keeps the headers of the body and leaves the body out.
std::string Serialize(const Response& response, bool http_1_0, bool keep_alive, bool head_only);

}  // namespace framespool::rest
