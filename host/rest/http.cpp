#include "http.h"

namespace framespool::rest {

std::string Serialize(const Response& response, bool http_1_0, bool keep_alive, bool head_only) {
  http::Headers headers;
  headers.reserve(response.headers.size() + 4);
  headers.emplace_back("Date", http::DateText());
  // RFC 9110: a 204 has neither a body nor a length.
  if (response.status != 204) headers.emplace_back("Content-Length", std::to_string(response.body.size()));
  if (!response.body.empty()) headers.emplace_back("Content-Type", response.content_type);
  headers.insert(headers.end(), response.headers.begin(), response.headers.end());
  if (!keep_alive)
    headers.emplace_back("Connection", "close");
  else if (http_1_0)
    headers.emplace_back("Connection", "keep-alive");
  std::string text = http::HeadText(response.status, headers);
  if (head_only) return text;
  text.reserve(text.size() + response.body.size());
  return text += response.body;
}

}  // namespace framespool::rest
