#pragma once

#include <functional>
#include <string>

#include <framespool/http/message.h>
#include <framespool/http/text.h>

namespace framespool::rest {

using http::LowerCase;
using http::Request;
using http::SplitList;
using http::Strip;

/// What is sent back. A body is JSON unless `content_type` says otherwise.
struct Response {
  int status = 200;
  std::string body = {};
  http::Headers headers = {};
  std::string content_type = "application/json";
};

/// Answers the request it was made for, at most once. Any thread; does nothing when the client is gone.
using Responder = std::function<void(Response)>;

/// The bytes to send. `head_only` keeps the headers of the body and leaves the body out.
std::string Serialize(const Response& response, bool http_1_0, bool keep_alive, bool head_only);

}  // namespace framespool::rest
