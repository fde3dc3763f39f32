#pragma once

#include <framespool/http/channel.h>

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace framespool::mjpeg {

/// A socket that a thread of its own waits for. Owns the descriptor.
class BlockingSocket {
 public:
  explicit BlockingSocket(int fd) : BlockingSocket(http::Channel(fd)) {}
  explicit BlockingSocket(http::Channel channel) : channel_(std::move(channel)), fd_(channel_.socket()) {}
  ~BlockingSocket();
  BlockingSocket(BlockingSocket&& other) noexcept
      : channel_(std::move(other.channel_)), fd_(std::exchange(other.fd_, -1)) {}
  BlockingSocket& operator=(BlockingSocket&&) = delete;

  int fd() const { return fd_; }
  /// True while the other end is there.
  bool alive() const;
  /// All of `bytes`. False when the other end is gone, takes nothing for `patience`, or on stop.
  bool Write(std::string_view bytes, std::chrono::seconds patience, const std::stop_token& stop);
  /// All that comes until the other end closes; what came so far when nothing comes for `patience`, when it is `wanted`
  /// no more, or on stop.
  std::string ReadAll(
      std::chrono::seconds patience, const std::stop_token& stop,
      const std::function<bool()>& wanted = [] { return true; });
  void ShutdownWrite();
  /// Ends the connection so that the last bytes arrive: reads the rest of what the other end says, for a short while.
  void Close(const std::stop_token& stop);

 private:
  /// 1 when ready for `events`, 0 after a slice of time, -1 when broken.
  int Wait(short events) const;

  http::Channel channel_;  // of fd_
  int fd_;
};

}  // namespace framespool::mjpeg
