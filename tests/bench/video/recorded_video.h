#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <broker/broker.h>
#include <framespool/media/video_record.h>

namespace framespool::bench {

inline constexpr int kGop = 30;
inline constexpr int kVideoFps = 30;

/// Access units of a 1080p H.264 video of 30 pictures a second and a key frame each second, as a camera's encoder makes
/// it: no B-frames, about `bits` a second.
class RecordedVideo {
 public:
  /// Has the ffmpeg program encode `seconds` of it into `folder`.
  RecordedVideo(const std::filesystem::path& folder, int seconds, std::int64_t bits);

  std::int64_t bytes() const noexcept { return bytes_; }
  std::int64_t units() const noexcept { return static_cast<std::int64_t>(units_.size()); }
  /// Appends it to `topic` again and again, `units` records in all, as if the last one came now. The time of the first.
  Timestamp Append(broker::Broker& broker, const std::string& topic, std::int64_t units) const;
  /// Unit `number` of the video without an end.
  SourceRecord Record(const std::string& topic, std::int64_t number, Timestamp time) const;

 private:
  struct Unit {
    Payload bytes;
    media::VideoFacts facts;
  };
  std::vector<Unit> units_;
  std::int64_t bytes_ = 0;
};

/// Milliseconds since it was made: on the wall, and of this process's CPU time, which is what something takes on a
/// machine that has nothing else to do.
class Stopwatch {
 public:
  double wall_ms() const;
  double cpu_ms() const { return CpuNow() - cpu_; }

 private:
  static double CpuNow();
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double cpu_ = CpuNow();
};

/// A connection to 127.0.0.1 that has sent a GET of `target`.
class Connection {
 public:
  Connection(std::uint16_t port, const std::string& target);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// What has come, as soon as there is something; empty at the end.
  std::string Receive();
  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

/// The head and the body of an answer that is 200 and says its length. Throws std::runtime_error for another.
std::pair<std::string, std::string> Get(std::uint16_t port, const std::string& target);

/// "NAMEp50_ms": …, "NAMEp95_ms": …, "NAMEp99_ms": …, "NAMEmax_ms": …
std::string Percentiles(const std::string& name, std::vector<double> took_ms);

}  // namespace framespool::bench
