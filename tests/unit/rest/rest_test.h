#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "fakes/fake_worker.h"
#include "fakes/raw_client.h"
#include "http_server.h"

namespace framespool::rest {

using fakes::RawClient;
using nlohmann::json;

inline constexpr const char* kHealth = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server on a free port of 127.0.0.1, over a FakeWorker.
class RestTest : public testing::Test {
 protected:
  RawClient Connect(int receive_buffer = 0) {
    if (!server_)
      server_ = std::make_unique<HttpServer>(std::vector<Listener>{{"127.0.0.1", 0}}, fake_.worker(), limits_);
    const std::string& url = server_->urls().front();
    return RawClient(std::stoi(url.substr(url.rfind(':') + 1)), receive_buffer);
  }
  /// On a connection of its own.
  RawClient::Answer Ask(const std::string& method, const std::string& target, const std::string& body = "",
                        const std::string& headers = "Content-Type: application/json\r\n") {
    return Connect().Ask(method, target, body, headers);
  }

  Limits limits_;
  fakes::FakeWorker fake_;
  fakes::FakeHerder& herder_ = fake_.herder();
  std::unique_ptr<HttpServer> server_;
};

inline json Parsed(const RawClient::Answer& answer) { return json::parse(answer.body); }

/// An answer with Connect's error body, of this code, whose message has this in it.
MATCHER_P2(IsError, code, message, "") {
  if (arg.status != code) return *result_listener << "its status is " << arg.status << ": " << arg.body, false;
  const json body = json::parse(arg.body, nullptr, false);
  if (body.is_discarded()) return *result_listener << "its body is no JSON: " << arg.body, false;
  if (body.size() != 3 || body.value("error_code", 0) != code || body.value("problems", json::array()).empty())
    return *result_listener << "its body is " << arg.body, false;
  if (arg.headers.at("content-type") != "application/json") return *result_listener << "its type is not JSON", false;
  const auto text = body.value("message", "");
  return text.find(message) != std::string::npos || (*result_listener << "its message is " << text, false);
}

}  // namespace framespool::rest
