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
#include "pacer.h"
#include "position.h"

namespace framespool::video_file {

/// Plays a video file into a topic: one record a frame, whose value is an image file or an access unit. Owned and
/// called by the task's runner, on the task's one thread.
class VideoFileSource final : public SourceTask {
 public:
  enum class Pace { kRealtime, kUnpaced };
  /// kAuto passes JPEGs through as they are, and makes them of anything else. kCopy takes access units as they are.
  enum class ImageFormat { kAuto, kJpeg, kPng, kCopy };
  struct Config {
    std::string file;
    std::string topic;
    ImageFormat format = ImageFormat::kAuto;
    std::int32_t jpeg_quality = 80;
    std::int32_t width = 0;
    Pace pace = Pace::kRealtime;
    double fps = 0;
    bool loop = false;
    std::string record_key;
  };

  static const ConfigDef<Config>& Describe();
  static const std::vector<MetricSpec>& Metrics();
  static constexpr const char* kSmallerBy[] = {"width", "format", "jpeg.quality"};
  static std::vector<Problem> Check(const Config& config, const std::string& connector);
  /// The file's first frame.
  static std::optional<RecordSample> Sample(const Config& config);
  /// The same with another deadline than their own 3 s: behind it there is the warning kind::kCheckUnfinished, or no
  /// sample.
  static std::vector<Problem> CheckUntil(const Config& config, std::chrono::steady_clock::time_point until);
  static std::optional<RecordSample> SampleUntil(const Config& config, std::chrono::steady_clock::time_point until);
  static RecordFacts DescribeRecord(const SourceRecord& record);
  static std::optional<Problem> CheckOffset(const Config& config, const std::string& connector, const Fields& partition,
                                            const Fields& offset);

  VideoFileSource(Config config, SourceTaskContext& context);

  std::vector<SourceRecord> Poll(std::stop_token stop) override;

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
  void StartNextLoop();
  void ReportEnd();
  void ReportJump();
  void ReportMetrics(bool now);
  std::vector<SourceRecord> PollPaced(std::stop_token stop);
  std::vector<SourceRecord> PollUnpaced(std::stop_token stop);

  const Config config_;
  SourceTaskContext& context_;
  const std::string key_;
  const std::string source_name_;
  std::unique_ptr<FrameReader> frames_;
  Position position_;         // of the next frame to read from frames_
  std::int64_t to_skip_ = 0;  // frames to pass before position_ is reached
  std::optional<Pending> pending_;
  bool at_end_ = false;
  std::int64_t jumps_ = 0;  // of the file's clock, in this run
  Pacer pacer_;
  Timestamp last_timestamp_{};
  std::chrono::steady_clock::time_point last_report_{};
};

}  // namespace framespool::video_file
