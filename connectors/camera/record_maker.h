#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "camera_config.h"
#include "frame.h"
#include "timeline.h"

namespace framespool::camera {

/// Where a camera's topic stands: the source offset. A live input cannot be read again, so it says only how time and
/// the numbers of connections go on.
struct Position {
  std::int64_t session = 0;  // of the last record
  Timeline::Place last;

  Fields ToOffset() const;
  static Position FromOffset(const Fields& offset);
  /// In a message that begins with the key.
  static std::optional<std::string> ProblemWith(const Fields& offset);
};

/// The source partition of the camera whose records have that key.
Fields PartitionOf(const std::string& key);

/// Makes records of frames: their own clock, the number of the connection, the place within the group of pictures.
/// Owned and used by the thread that reads the camera.
class RecordMaker {
 public:
  /// `last`: the stored position; nothing on a first run.
  RecordMaker(const CameraConfig& config, std::string key, std::optional<Position> last);

  /// The next frame is the first of a connection.
  void BeginSession();
  SourceRecord Make(Frame frame);

  // Of the last record.
  std::int64_t session() const noexcept { return session_; }
  bool leapt() const noexcept { return leapt_; }
  /// How long the last whole group of pictures was; nothing before there was one.
  std::optional<std::int64_t> gop_us() const noexcept { return gop_us_; }
  /// How long the one under way is so far.
  std::int64_t gop_so_far_us() const noexcept { return times_.dts_us - key_us_; }

 private:
  Timestamp TimestampOf(const Frame& frame);
  void CountGop(const Frame& frame);

  const CameraConfig& config_;
  const std::string key_;
  const Fields partition_;
  std::int64_t session_;
  Timeline timeline_;
  Timeline::Times times_;
  bool leapt_ = false;
  std::int64_t gop_ = 0;
  std::int64_t key_us_ = 0;
  bool had_key_ = false;
  std::optional<std::int64_t> gop_us_;
  Timestamp last_timestamp_{};
};

}  // namespace framespool::camera
