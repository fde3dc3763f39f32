#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>

#include "framespool/errors.h"

struct AVFormatContext;
struct AVIOContext;

namespace framespool::media {

/// The file holds no video that can be played. Its message is for the file's owner; the connector names the key.
class NoVideo : public Error {
 public:
  using Error::Error;
  explicit NoVideo(const std::string& message) : Error(Problem{.message = message, .kind = kind::kFileUnusable}) {}
};

/// How the message of a NoVideo begins; a predicate follows.
std::string Wanted(const std::string& path);

/// It could not be found out in time what the file holds; it may well be a video.
class OutOfTime : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How long somebody is willing to wait.
struct Patience {
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  std::stop_token stop{};

  bool over() const { return stop.stop_requested() || std::chrono::steady_clock::now() >= until; }
};

/// An opened file, of which libavformat knows the container and its streams. It reads this one file: whatever a
/// container says, no other file and no address is ever opened. Used by one thread at a time.
class Container {
 public:
  /// Throws NoVideo, or OutOfTime when `patience` is over, now or in a later read.
  Container(const std::string& path, const Patience& patience);
  ~Container();
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  AVFormatContext& format() const noexcept { return *format_; }

 private:
  struct CloseInput {
    void operator()(AVIOContext* input) const;
  };
  struct CloseFormat {
    void operator()(AVFormatContext* format) const;
  };

  std::unique_ptr<Patience> patience_;  // at one place, as libavformat keeps a pointer
  std::unique_ptr<AVIOContext, CloseInput> input_;
  std::unique_ptr<AVFormatContext, CloseFormat> format_;
};

std::string AvErrorText(int error);

/// Keeps FFmpeg's and OpenCV's own chatter out of the worker's log, once per process; OPENCV_FFMPEG_LOGLEVEL in the
/// environment keeps it, for debugging, without the user and password of a URL.
void SilenceLibraries();

}  // namespace framespool::media
