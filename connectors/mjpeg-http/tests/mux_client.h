#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stream_client.h"
#include "test_pictures.h"

namespace framespool::mjpeg {

using media::Decode;
using media::ImageFile;

/// Reads a /mux body as schemas/mux.md describes it.
class MuxClient {
 public:
  struct Message {
    int type = 0;
    std::size_t stream = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp = 0;
    std::string payload;
    nlohmann::json json() const { return nlohmann::json::parse(payload); }
  };

  explicit MuxClient(std::uint16_t port, const std::string& query, const std::string& headers = {},
                     int receive_buffer = 0)
      : connection(port, receive_buffer) {
    connection.Send("GET /mux?" + query + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n");
  }

  /// The response's head; empty when it does not come.
  std::string Head() {
    while (head_.empty() && More(Clock::now() + kPatience)) {
    }
    return head_;
  }
  std::optional<Message> Next(std::chrono::milliseconds patience = kPatience) {
    const auto deadline = Clock::now() + patience;
    while (true) {
      if (auto message = Take()) return message;
      if (!More(deadline)) return std::nullopt;
    }
  }
  /// The next picture, what lies between left out.
  std::optional<Message> NextPicture() {
    while (auto message = Next()) {
      if (message->type != 0) return message;
    }
    return std::nullopt;
  }
  /// Reads until `stream` is said to be `state`; false when that does not come.
  bool UntilState(const std::string& stream, const std::string& state) {
    const auto deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline) {
      const auto message = Next();
      if (!message) return false;
      if (message->type == 0 && message->json().value("stream", "") == stream && message->json()["state"] == state)
        return true;
    }
    return false;
  }
  bool More(Clock::time_point deadline) {
    const std::string bytes = connection.Read(deadline, 1 << 20);
    if (bytes.empty()) return false;
    pending_ += bytes;
    if (const auto blank = pending_.find("\r\n\r\n"); head_.empty() && blank != std::string::npos) {
      head_ = pending_.substr(0, blank + 2);
      pending_.erase(0, blank + 4);
    }
    return true;
  }
  std::size_t pending() const { return pending_.size(); }

  Connection connection;

 private:
  std::int64_t Number(std::size_t at, std::size_t bytes) const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(pending_[at + i]);
    return static_cast<std::int64_t>(value);
  }
  std::optional<Message> Take() {
    if (head_.empty() || pending_.size() < 24) return std::nullopt;
    const auto length = static_cast<std::size_t>(Number(0, 4));
    if (pending_.size() < 24 + length) return std::nullopt;
    Message message{.type = static_cast<int>(Number(4, 1)),
                    .stream = static_cast<std::size_t>(Number(6, 2)),
                    .offset = Number(8, 8),
                    .timestamp = Number(16, 8),
                    .payload = pending_.substr(24, length)};
    pending_.erase(0, 24 + length);
    return message;
  }

  std::string head_;
  std::string pending_;
};

}  // namespace framespool::mjpeg
