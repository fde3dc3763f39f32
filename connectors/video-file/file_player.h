#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "frame_reader.h"
#include "framespool/connector.h"
#include "framespool/media/container.h"
#include "pacer.h"
#include "position.h"
#include "video_file_config.h"

namespace framespool::video_file {

/// Plays one file: a record for each frame, whose value is an image file or an access unit. Owned by the source, on the
/// task's one thread.
class FilePlayer {
 public:
  /// How it stands among the files of its task.
  struct Place {
    bool alone = true;                // else it ends at its end, whatever `loop` says
    std::optional<Position> ended{};  // it was played up to here already: this is the next time
    Timestamp last_timestamp{};       // of the record before its first
  };
  /// Goes on at the stored offset. `config` and `context` outlive it. Throws ConfigError, as Poll() does, when the file
  /// cannot be played.
  FilePlayer(const VideoFileConfig& config, std::string file, Place place, SourceTaskContext& context);

  std::vector<SourceRecord> Poll(std::stop_token stop);
  /// All is sent.
  bool ended() const noexcept { return at_end_; }
  /// Of the next frame.
  const Position& position() const noexcept { return position_; }
  Timestamp last_timestamp() const noexcept { return last_timestamp_; }

 private:
  /// A record that waits for its time.
  struct Pending {
    SourceRecord record;
    std::int64_t us = 0;
  };

  void Resume();
  bool FinishResume(std::stop_token stop);
  /// Nothing at the end of the file, or when `patience` was over before a frame came.
  std::optional<Pending> NextRecord(const media::Patience& patience);
  void BeginNextLoop();
  void StartNextLoop();
  void ReportEnd();
  void ReportJump();
  void ReportMetrics(bool now);
  std::vector<SourceRecord> PollPaced(std::stop_token stop);
  std::vector<SourceRecord> PollUnpaced(std::stop_token stop);

  const VideoFileConfig& config_;
  const std::string file_;
  const bool alone_;
  SourceTaskContext& context_;
  const std::string source_name_;
  const std::string key_;
  std::unique_ptr<FrameReader> frames_;
  Position position_;         // of the next frame to read from frames_
  std::int64_t to_skip_ = 0;  // frames to pass before position_ is reached
  std::optional<Pending> pending_;
  bool at_end_ = false;
  std::int64_t jumps_ = 0;  // of the file's clock, in this run
  Pacer pacer_;
  Timestamp last_timestamp_;
  std::chrono::steady_clock::time_point last_report_{};
};

}  // namespace framespool::video_file
