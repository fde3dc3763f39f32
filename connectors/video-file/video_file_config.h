#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace framespool::video_file {

/// What a VideoFileSource is told. One of `file`, `files` and `folder` says what to play.
struct VideoFileConfig {
  enum class Pace { kRealtime, kUnpaced };
  /// kAuto passes JPEGs through as they are, and makes them of anything else. kCopy takes access units as they are.
  enum class ImageFormat { kAuto, kJpeg, kPng, kCopy };

  std::string file;
  std::vector<std::string> files;
  std::string folder;
  std::string folder_pattern;
  std::chrono::milliseconds folder_poll_interval{5000};
  std::string topic;
  ImageFormat format = ImageFormat::kAuto;
  std::int32_t jpeg_quality = 80;
  std::int32_t width = 0;
  Pace pace = Pace::kRealtime;
  double fps = 0;
  bool loop = false;
  std::string record_key;

  /// The key that names the files which a task plays.
  const char* files_key() const noexcept { return file.empty() ? "files" : "file"; }
  /// Those of `file` or `files`.
  std::vector<std::string> NamedFiles() const { return file.empty() ? files : std::vector<std::string>{file}; }
};

}  // namespace framespool::video_file
