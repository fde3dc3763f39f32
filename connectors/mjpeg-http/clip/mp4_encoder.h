#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>

#include "clip/blocking_socket.h"

namespace framespool::mjpeg {

/// A finished mp4, which is gone from the disk when this is.
class Mp4File {
 public:
  explicit Mp4File(const std::string& path);
  std::size_t size() const { return size_; }
  std::size_t Read(std::span<char> bytes) { return std::fread(bytes.data(), 1, bytes.size(), file_.get()); }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Closer> file_;
  std::size_t size_ = 0;
};

/// None of the frames is a picture that can be decoded, and none will be.
class NoPictures : public std::runtime_error {
 public:
  NoPictures() : std::runtime_error("none of the frames can be decoded") {}
};

/// Encodes pictures to mp4 with libavcodec, in a process of its own (mjpeg_http-mp4, beside the plugin): what that
/// loads and takes does not stay in the worker, and what it does to itself does not reach it. Used by one thread.
class Mp4Encoder {
 public:
  /// Throws std::runtime_error when the program is not there or cannot be started.
  /// `rate` frames in `scale` seconds.
  Mp4Encoder(std::uint32_t rate, std::uint32_t scale);
  /// Ends the program, finished or not.
  ~Mp4Encoder();
  Mp4Encoder(const Mp4Encoder&) = delete;
  Mp4Encoder& operator=(const Mp4Encoder&) = delete;

  /// A JPEG, PNG or WebP file. Throws std::runtime_error with the program's reason when it takes no more.
  void Add(std::string_view image, const std::stop_token& stop);
  /// Nothing when nobody waits for it any more, as `wanted` says. Throws NoPictures when none of what was added is one.
  std::optional<Mp4File> Finish(const std::function<bool()>& wanted, const std::stop_token& stop);

 private:
  [[noreturn]] void Fail(const std::stop_token& stop);

  std::string path_;
  std::unique_ptr<BlockingSocket> channel_;
  pid_t pid_ = -1;
};

}  // namespace framespool::mjpeg
