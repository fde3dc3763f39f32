#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "camera_config.h"
#include "camera_feed.h"
#include "framespool/connector.h"

namespace framespool::camera {

/// Records a camera into a topic: one record for each frame, as the camera encoded it. Owned and called by the task's
/// runner, on the task's one thread.
class CameraSource final : public SourceTask {
 public:
  using Config = CameraConfig;

  static const ConfigDef<Config>& Describe() { return DescribeCamera(); }
  static const std::vector<MetricSpec>& Metrics() { return CameraMetrics(); }
  static constexpr const char* kSmallerBy[] = {"width", "jpeg.quality"};
  /// Connects for a moment. A camera that is away is a warning: it may be there tomorrow.
  static std::vector<Problem> Check(const Config& config, const std::string& connector);
  static RecordFacts DescribeRecord(const SourceRecord& record);
  static std::optional<Problem> CheckOffset(const Config& config, const std::string& connector, const Fields& partition,
                                            const Fields& offset);

  CameraSource(Config config, SourceTaskContext& context);

  /// Throws RetriableError only where a stop comes while no frame can: whoever asked is to know why.
  std::vector<SourceRecord> Poll(std::stop_token stop) override;

 private:
  void ReportMetrics();

  const Config config_;
  SourceTaskContext& context_;
  std::chrono::steady_clock::time_point last_report_{};
  CameraFeed feed_;  // last: its thread uses config_ and context_
};

}  // namespace framespool::camera
