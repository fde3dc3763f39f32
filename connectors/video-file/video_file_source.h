#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "file_player.h"
#include "framespool/connector.h"
#include "video_file_config.h"

namespace framespool::video_file {

/// Plays video files into a topic: one record a frame, whose value is an image file or an access unit. A list of files
/// or a folder is split over tasks; a task plays its files one behind the other. Owned and called by the task's runner,
/// on the task's one thread.
class VideoFileSource final : public SourceTask {
 public:
  using Config = VideoFileConfig;

  static const ConfigDef<Config>& Describe();
  static const std::vector<MetricSpec>& Metrics();
  static constexpr const char* kSmallerBy[] = {"width", "format", "jpeg.quality"};
  static std::vector<Problem> Check(const Config& config, const std::string& connector);
  /// The first frame of the first file.
  static std::optional<RecordSample> Sample(const Config& config);
  /// The same with another deadline than their own 3 s: behind it there is the warning kind::kCheckUnfinished, or no
  /// sample.
  static std::vector<Problem> CheckUntil(const Config& config, std::chrono::steady_clock::time_point until);
  static std::optional<RecordSample> SampleUntil(const Config& config, std::chrono::steady_clock::time_point until);
  static RecordFacts DescribeRecord(const SourceRecord& record);
  static std::optional<Problem> CheckOffset(const Config& config, const std::string& connector, const Fields& partition,
                                            const Fields& offset);
  static std::vector<RawConfig> TaskConfigs(const Config& config, ConnectorContext& context, int max_tasks);
  static std::unique_ptr<ConnectorWatch> Watch(const Config& config, ConnectorContext& context);

  VideoFileSource(Config config, SourceTaskContext& context);

  std::vector<SourceRecord> Poll(std::stop_token stop) override;

 private:
  struct File {
    std::string path;
    std::int64_t round = 0;           // how often it has been played to its end
    std::optional<Position> ended{};  // where that was, in this run
    bool unplayable = false;
  };

  bool alone() const noexcept { return files_.size() == 1; }
  /// Opens what is to be played next; false when there is nothing.
  bool StartNext();
  File* Next();
  void EndCurrent();
  /// Throws `error` when no other file is left.
  void PassOver(const ConfigError& error);
  void ReportFiles();

  const Config config_;
  SourceTaskContext& context_;
  std::vector<File> files_;
  File* current_ = nullptr;  // of player_, while there is one
  std::unique_ptr<FilePlayer> player_;
  Timestamp last_timestamp_{};
};

}  // namespace framespool::video_file
