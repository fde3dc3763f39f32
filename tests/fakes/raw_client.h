#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace framespool::fakes {

/// One TCP connection to 127.0.0.1 that sends exactly the bytes it is told to, and reads HTTP answers one by one.
/// Every wait has a deadline and throws when it passes.
class RawClient {
 public:
  struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers = {};  // names in lower case
    std::string body = {};
  };

  /// `receive_buffer` bytes at most are taken in before they are read; 0: the system's default.
  explicit RawClient(int port, int receive_buffer = 0) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  RawClient(RawClient&& other) noexcept : fd_(std::exchange(other.fd_, -1)), read_(std::move(other.read_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() { Close(); }

  /// False when the server has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// The next answer. `head`: it answers a HEAD request, so its length is not followed by a body.
  Answer Read(bool head = false) {
    while (read_.find("\r\n\r\n") == std::string::npos) ReadMore();
    const auto end = read_.find("\r\n\r\n");
    const std::string lines = read_.substr(0, end + 2);
    read_.erase(0, end + 4);
    Answer answer{.status = std::stoi(lines.substr(9, 3))};
    for (auto at = lines.find("\r\n") + 2; at < lines.size();) {
      const auto colon = lines.find(": ", at);
      const auto stop = lines.find("\r\n", at);
      std::string name = lines.substr(at, colon - at);
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      answer.headers[name] = lines.substr(colon + 2, stop - colon - 2);
      at = stop + 2;
    }
    const auto length = answer.headers.find("content-length");
    const std::size_t size = head || length == answer.headers.end() ? 0 : std::stoul(length->second);
    while (read_.size() < size) ReadMore();
    answer.body = read_.substr(0, size);
    read_.erase(0, size);
    return answer;
  }
  Answer Ask(std::string_view request) {
    Send(request);
    return Read();
  }
  /// A request with these parts, and the length of its body.
  Answer Ask(const std::string& method, const std::string& target, const std::string& body = "",
             const std::string& headers = "Content-Type: application/json\r\n") {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n";
    if (!body.empty()) text += headers + "Content-Length: " + std::to_string(body.size()) + "\r\n";
    Send(text + "\r\n" + body);
    return Read(method == "HEAD");
  }
  /// Waits until the server closes; what it sent before is dropped.
  bool ReadsEnd() {
    try {
      for (;;) ReadMore();
    } catch (const EndOfStream&) {
      return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }
  /// Whether bytes come within `wait`.
  bool HasInput(std::chrono::milliseconds wait) const {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    return !read_.empty() || poll(&waiting, 1, static_cast<int>(wait.count())) > 0;
  }
  /// Waits, reading nothing, until the server has closed.
  bool WaitsForEnd(std::chrono::milliseconds wait) const {
    pollfd waiting{.fd = fd_, .events = POLLRDHUP, .revents = 0};
    return poll(&waiting, 1, static_cast<int>(wait.count())) > 0;
  }
  /// Sends the end of the stream; answers can still be read.
  void EndInput() const { shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

 private:
  struct EndOfStream : std::runtime_error {
    EndOfStream() : std::runtime_error("the server closed") {}
  };

  void ReadMore() {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 60'000) <= 0) throw std::runtime_error("no answer within 60 s");
    char bytes[65536];
    const ssize_t size = recv(fd_, bytes, sizeof bytes, 0);
    if (size <= 0) throw EndOfStream();
    read_.append(bytes, static_cast<std::size_t>(size));
  }

  int fd_ = -1;
  std::string read_;
};

}  // namespace framespool::fakes
