#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "file_clock.h"
#include "frame_options.h"
#include "framespool/media/container.h"
#include "framespool/media/packet_reader.h"
#include "framespool/media/picture_maker.h"
#include "framespool/media/video_record.h"

namespace framespool::video_file {

/// By what a frame is known again after a restart.
struct FrameMark {
  std::int64_t ticks = 0;
  std::string check;                  // a digest of its picture
  std::optional<std::int64_t> place;  // of its packet in the file, in bytes; kept where times may come twice
  std::int64_t shift_us = 0;          // by how much jumps had moved the clock
};

/// How many frames a file should have.
struct Expectation {
  std::int64_t frames = 0;
  bool about = false;  // worked out from duration and rate, not counted
};

/// Whether the current picture is the one that a digest is of.
enum class Likeness { kSame, kOther, kUnknown };

enum class Advanced { kFrame, kEnd, kNotYet };

/// The frames of one file, from first to last, once: decoded and encoded again, passed through, or copied as access
/// units. Owned by the source (or by its Check), used on that thread only.
class FrameReader {
 public:
  virtual ~FrameReader() = default;

  /// Goes to the next frame that can be read; before the first call there is none. kNotYet: `patience` was over before
  /// one came; the next call goes on.
  virtual Advanced Advance(const media::Patience& patience) = 0;
  /// The current frame's picture, encoded. Once it was asked for, those that follow are made ahead.
  virtual media::EncodedPicture Picture() = 0;
  /// What Picture() is when it is no picture but an access unit; its gop is 0 or 1, and times are of this file.
  virtual std::optional<media::VideoFacts> unit() const { return std::nullopt; }
  /// Throws WrongSize or NoVideo, as Picture() would, where the current frame's picture would be too large or is of a
  /// kind that cannot be converted. Makes none.
  virtual void CheckSize() = 0;
  /// The current frame's time, digest, and whether a digest of this or an earlier release is its.
  virtual FrameTime time() const = 0;
  virtual std::string Check() = 0;
  virtual Likeness Compare(const std::string& check) = 0;
  /// What an offset keeps of the current frame.
  virtual FrameMark Mark() = 0;

  /// Makes `index` the current frame, by the mark it had. False: it is not certain that it is that one; then nothing is
  /// of use but a new reader and Advance().
  virtual bool SeekTo(std::int64_t index, const FrameMark& mark) = 0;

  /// Where the file's clock has jumped, once each; told when the current frame is some frames behind.
  virtual std::optional<ClockJump> TakeJump() = 0;
  /// How many frames the file should have, as far as it says; with more packets read it may know better.
  virtual std::optional<Expectation> expected() const = 0;
  virtual const media::StreamFacts& facts() const noexcept = 0;
  virtual double frame_us() const noexcept = 0;
  virtual bool passes_through() const noexcept = 0;
};

/// Throws NoVideo, with a sentence for the file's owner, when `path` is not a video file that can be read; OutOfTime
/// when `patience` is over, here or in a later read.
std::unique_ptr<FrameReader> OpenFrames(const std::string& path, const FrameOptions& options,
                                        const media::Patience& patience = {});

}  // namespace framespool::video_file
