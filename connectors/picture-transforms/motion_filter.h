#pragma once

#include <chrono>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <vector>

#include <framespool/transform.h>

#include "frame_time.h"
#include "motion_detector.h"
#include "streams.h"

namespace framespool::picture_transforms {

/// Leaves pictures out in which nothing moves.
class MotionFilter final : public Transform {
 public:
  struct Config {
    int threshold = 20;
    double area = 0.2;
    std::string mask;
    std::chrono::milliseconds keep_after{1000};
    std::chrono::milliseconds keepalive{0};
    Per per = Per::kKey;
  };
  static const ConfigDef<Config>& Describe();
  /// Looks at the mask's file.
  static std::vector<Problem> Check(const Config& config, const std::string& connector);
  MotionFilter(const Config& config, TransformContext& context);
  bool Apply(RecordRef record) override;
  void Reset() override { streams_.Clear(); }

 private:
  struct Stream {
    MotionDetector detector;
    std::optional<FrameTime> last;
    std::chrono::microseconds moved{};  // when something last did
    std::chrono::microseconds kept{};   // the last record that was not left out
  };
  const Config config_;
  const cv::Mat mask_;
  Streams<Stream> streams_;
};

}  // namespace framespool::picture_transforms
