#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chunked_body.h"
#include "fakes/eventually.h"

namespace framespool::mjpeg {

using Clock = std::chrono::steady_clock;
using fakes::Eventually;
using fakes::kPatience;

/// A TCP connection to a sink on this machine.
class Connection {
 public:
  explicit Connection(std::uint16_t port, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
  }
  ~Connection() { Close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Send(const std::string& text) { ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }
  void HalfClose() { ::shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  /// Closes with a reset, as a killed browser's kernel does.
  void Reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    Close();
  }
  /// Up to `size` bytes; empty at the end or when nothing comes until `deadline`.
  std::string Read(Clock::time_point deadline, std::size_t size = 1 << 16) {
    pollfd wanted{fd_, POLLIN, 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    timed_out_ = ::poll(&wanted, 1, static_cast<int>(std::max<long>(0, left))) == 0;
    if (timed_out_) return {};
    std::string bytes(size, '\0');
    const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
  }
  bool timed_out() const { return timed_out_; }

 private:
  int fd_;
  bool timed_out_ = false;
};

inline std::map<std::string, std::string> ParseHeaders(std::string_view text) {
  std::map<std::string, std::string> headers;
  while (!text.empty()) {
    const auto end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    if (const auto colon = line.find(": "); colon != std::string_view::npos) {
      headers.emplace(line.substr(0, colon), line.substr(colon + 2));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return headers;
}

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;
  std::string body;  // without chunks
  ChunkedBody chunks;
};

/// Sends `request` as it stands and reads to the end of the connection.
inline Response Exchange(std::uint16_t port, const std::string& request) {
  Connection connection(port);
  connection.Send(request);
  std::string text;
  for (std::string more; !(more = connection.Read(Clock::now() + kPatience)).empty();) text += more;
  EXPECT_FALSE(connection.timed_out()) << "no end of the answer to " << request;
  Response response;
  const auto blank = text.find("\r\n\r\n");
  if (blank == std::string::npos) return response;
  response.status = std::stoi(text.substr(9, 3));
  response.headers = ParseHeaders(std::string_view(text).substr(0, blank));
  response.body = text.substr(blank + 4);
  if (response.headers.contains("Transfer-Encoding")) {
    const std::string raw = std::exchange(response.body, {});
    response.chunks.Take(raw, response.body);
  }
  return response;
}

inline Response Get(std::uint16_t port, const std::string& target, const std::string& method = "GET") {
  return Exchange(port, method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
}

/// Watches a stream as a browser does: a part is there when the boundary after it is.
class StreamClient {
 public:
  struct Part {
    std::map<std::string, std::string> headers;
    std::string body;
    Clock::time_point at;
  };

  explicit StreamClient(std::uint16_t port, const std::string& target = "/", int receive_buffer = 0)
      : connection(port, receive_buffer) {
    connection.Send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  }

  /// The response's head; empty when it does not come.
  std::string Head() {
    while (head_.empty() && More(Clock::now() + kPatience)) {
    }
    return head_;
  }

  std::optional<Part> Next(std::chrono::milliseconds patience = kPatience) {
    const auto deadline = Clock::now() + patience;
    while (true) {
      if (auto part = Take()) return part;
      if (!More(deadline)) return std::nullopt;
    }
  }
  /// The number of the next frame (see Picture()); -1 when none comes.
  int NextNumber(std::chrono::milliseconds patience = kPatience) {
    const auto part = Next(patience);
    return part ? NumberOf(part->body) : -1;
  }
  static int NumberOf(const std::string& body) { return std::stoi(body.substr(4)); }
  /// All that has arrived and is not taken yet, without chunks.
  const std::string& pending() const { return pending_; }
  const ChunkedBody& chunks() const { return chunks_; }
  bool is_chunked() const { return is_chunked_; }
  bool ended() const { return ended_; }
  bool More(Clock::time_point deadline) {
    const std::string bytes = connection.Read(deadline);
    if (bytes.empty()) {
      ended_ |= !connection.timed_out();
      return false;
    }
    if (is_chunked_) {
      chunks_.Take(bytes, pending_);
      EXPECT_FALSE(chunks_.broken());
      return true;
    }
    pending_ += bytes;
    if (const auto blank = pending_.find("\r\n\r\n"); head_.empty() && blank != std::string::npos) {
      head_ = pending_.substr(0, blank + 2);
      pending_.erase(0, blank + 4);
      is_chunked_ = head_.find("Transfer-Encoding: chunked\r\n") != std::string::npos;
      if (is_chunked_) chunks_.Take(std::exchange(pending_, {}), pending_);
    }
    return true;
  }

  Connection connection;

 private:
  static constexpr std::string_view kOpening = "--framespool\r\n";

  std::optional<Part> Take() {
    const auto blank = pending_.find("\r\n\r\n");
    if (head_.empty() || !pending_.starts_with(kOpening) || blank == std::string::npos) return std::nullopt;
    const auto end = pending_.find("\r\n--framespool", blank + 4);
    if (end == std::string::npos) return std::nullopt;
    Part part;
    part.headers = ParseHeaders(std::string_view(pending_).substr(kOpening.size(), blank - kOpening.size()));
    part.body = pending_.substr(blank + 4, end - blank - 4);
    part.at = Clock::now();
    pending_.erase(0, end + 2);
    return part;
  }

  std::string head_;
  std::string pending_;
  bool is_chunked_ = false;
  ChunkedBody chunks_;
  bool ended_ = false;
};

}  // namespace framespool::mjpeg
