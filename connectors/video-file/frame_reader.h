#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "frame_times.h"
#include "framespool/record.h"
#include "packet_reader.h"

namespace framespool::video_file {

/// One frame as it goes into a record.
struct Frame {
  Payload image;
  const char* content_type = "";
  int width = 0;
  int height = 0;
};

/// By what a frame is known again after a restart.
struct FrameMark {
  std::int64_t ticks = 0;
  std::string check;  // a digest of its picture
};

/// How many frames a file should have.
struct Expectation {
  std::int64_t frames = 0;
  bool about = false;  // worked out from duration and rate, not counted
};

/// The frames of one file, from first to last, once. Either decoded and encoded again, or passed through. Owned by the
/// source (or by its Check), used on that thread only.
class FrameReader {
 public:
  virtual ~FrameReader() = default;

  /// Goes to the next frame that can be read; before the first call there is none. False: the file has ended.
  virtual bool Advance() = 0;
  /// The current frame's picture, encoded.
  virtual Frame Picture() = 0;
  /// The current frame's time and digest.
  virtual FrameTime time() const = 0;
  virtual std::string Check() = 0;

  /// Makes `index` the current frame, by the mark it had, if any. False: it is not certain that it is that one; then
  /// nothing is of use but a new reader and Advance().
  virtual bool SeekTo(std::int64_t index, const std::optional<FrameMark>& mark) = 0;

  /// How many frames the file should have, as far as it says; with more packets read it may know better.
  virtual std::optional<Expectation> expected() const = 0;
  virtual const StreamFacts& facts() const noexcept = 0;
  virtual double frame_us() const noexcept = 0;
  virtual bool passes_through() const noexcept = 0;
};

struct FrameOptions {
  std::string format = "auto";  // auto, jpeg, png
  int jpeg_quality = 80;
  int width = 0;
};

/// Throws NoVideo, with a sentence for the file's owner, when `path` is not a video file that can be read.
std::unique_ptr<FrameReader> OpenFrames(const std::string& path, const FrameOptions& options);

/// True when both digests come from the same way of reading, so that being different means something.
bool Comparable(const std::string& check, const std::string& other);

}  // namespace framespool::video_file
