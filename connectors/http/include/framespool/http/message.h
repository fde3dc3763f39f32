#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framespool::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// One whole request as RequestReader lets it through: its line and headers are well-formed, its body is decoded.
struct Request {
  std::string method = {};
  std::string path = {};   // as sent, still percent-encoded
  std::string query = {};  // as sent, without '?'
  Headers headers = {};    // names in lower case
  std::string body = {};
  std::string client = {};  // the address it came from
  bool secure = false;      // it came by TLS
  bool http_1_0 = false;
  bool keep_alive = true;

  /// The values of all headers called `name` (in lower case), joined with commas; nothing when there is none.
  std::optional<std::string> Header(std::string_view name) const;
};

/// A request that is not one, or is too much: what to answer before the connection is closed.
struct Refusal {
  int status = 400;
  std::string message = {};
};

/// The status line and `headers`, with the empty line behind them, as they are sent. Throws std::length_error when a
/// header has 64 KB.
std::string HeadText(int status, const Headers& headers, bool http_1_0 = false);
/// Now, as the header Date has it.
std::string DateText();

}  // namespace framespool::http
