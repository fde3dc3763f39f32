#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "framespool/errors.h"
#include "input_address.h"

struct AVFormatContext;
struct AVPacket;
struct AVStream;

namespace framespool::camera {

/// The camera is not there, or not as it should be. It may be the next time, so nothing fails for it. Its message says
/// where and why, and never holds a password.
class CameraAway : public Error {
 public:
  using Error::Error;
  CameraAway(const InputAddress& address, ProblemKind what, const std::string& why);
  /// Why `address` could not be opened, or read, as libavformat says it in a number.
  static CameraAway FromLibav(const InputAddress& address, int error, std::chrono::milliseconds timeout);
};

/// What ends a call of libavformat: a stop, or too long a time without anything. libavformat asks for it some ten times
/// a second while it waits. A longer time between two looks is one in which the thread did not run, on a busy machine
/// or one that was suspended: what has come meanwhile waits to be read, so that time counts as kLook only.
class Patience {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kLook{1};

  explicit Patience(std::stop_token stop) : stop_(std::move(stop)) {}
  void Expect(Clock::duration within) { ExpectFrom(Clock::now(), within); }
  bool stopped() const { return stop_.stop_requested(); }
  bool over() { return stopped() || IsOverAt(Clock::now()); }
  /// For AVIOInterruptCB.
  static int IsOver(void* patience) { return static_cast<Patience*>(patience)->over() ? 1 : 0; }

  /// As Expect() and over(), at `now`.
  void ExpectFrom(Clock::time_point now, Clock::duration within) {
    looked_ = now;
    left_ = within;
  }
  bool IsOverAt(Clock::time_point now) {
    left_ -= std::min<Clock::duration>(now - looked_, kLook);
    looked_ = now;
    return left_ <= Clock::duration::zero();
  }

 private:
  const std::stop_token stop_;
  Clock::time_point looked_ = Clock::now();
  Clock::duration left_ = Clock::duration::max();
};

/// An opened camera: the packets of its video, as they come. Each of its calls ends soon after `stop`, and where the
/// camera falls silent, after the time-out. Owned and used by one thread.
class LiveInput {
 public:
  /// Throws CameraAway; also at a stop. Opening may take three times `timeout`, as it is several questions.
  LiveInput(InputAddress address, std::chrono::milliseconds timeout, std::stop_token stop);
  ~LiveInput();
  LiveInput(const LiveInput&) = delete;
  LiveInput& operator=(const LiveInput&) = delete;

  /// The next packet, valid until the next call; null at a stop. Throws CameraAway where the camera closes, falls
  /// silent, or sends what nobody knows.
  const AVPacket* Read();
  /// That of the packets. After the first one.
  const AVStream& stream() const noexcept { return *stream_; }
  /// False: the times of its packets are libavformat's guess.
  bool has_times() const noexcept;
  /// The packet's time of capture by the camera's clock, in microseconds since 1970, where it says so.
  std::optional<std::int64_t> capture_us() const noexcept { return capture_us_; }

 private:
  struct CloseFormat {
    void operator()(AVFormatContext* format) const;
  };
  struct FreePacket {
    void operator()(AVPacket* packet) const;
  };
  bool IsVideo(const AVPacket& packet);
  void ReadCaptureTime();
  [[noreturn]] void Fail(int error);

  const InputAddress address_;
  const std::chrono::milliseconds timeout_;
  std::chrono::milliseconds silence_;  // how long a frame may take
  Patience patience_;                  // libavformat keeps its address
  std::unique_ptr<AVFormatContext, CloseFormat> format_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  AVStream* stream_ = nullptr;
  bool cut_off_ = false;
  std::optional<std::int64_t> capture_us_;
  std::optional<std::int64_t> next_capture_us_;
};

}  // namespace framespool::camera
