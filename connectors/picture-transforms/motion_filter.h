#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <framespool/transform.h>

#include "frame_time.h"
#include "motion_detector.h"
#include "streams.h"

namespace framespool::picture_transforms {

/// Leaves pictures out in which nothing moves.
class MotionFilter final : public Transform, public Withholding {
 public:
  struct Config {
    int threshold = 20;
    double area = 0.2;
    std::string mask;
    std::chrono::milliseconds keep_before{0};
    std::chrono::milliseconds keep_after{1000};
    std::chrono::milliseconds keepalive{0};
    Per per = Per::kKey;
  };
  static const ConfigDef<Config>& Describe();
  /// Looks at the mask's file.
  static std::vector<Problem> Check(const Config& config, const std::string& connector);
  MotionFilter(const Config& config, TransformContext& context);
  bool Apply(RecordRef record) override;
  void Reset() override;
  static bool Withholds(const Config& config) { return config.keep_before.count() > 0; }
  std::optional<std::uint64_t> Held() override { return std::exchange(just_held_, std::nullopt); }
  std::vector<Decision> TakeDecisions() override { return std::exchange(decisions_, {}); }

 private:
  /// A record in which nothing moves, but may in one soon behind it.
  struct Waiting {
    std::uint64_t number = 0;
    std::uint64_t stream = 0;
    std::chrono::microseconds at{};
    std::size_t bytes = 0;
  };
  struct Stream {
    std::uint64_t number = 0;  // 0: it has none yet
    MotionDetector detector;
    std::optional<FrameTime> last;
    std::chrono::microseconds moved{};  // when something last did
    std::chrono::microseconds kept{};   // the last record that was not left out
  };
  /// Decides on those that wait: of `stream`, and those that have waited for too long, whosever they are.
  void Decide(const Stream& stream, std::chrono::microseconds at, bool moved);
  /// Those of `stream` that wait are left out.
  void Forget(const Stream& stream);
  void Hold(const Stream& stream, const RecordRef& record, std::chrono::microseconds at);

  const Config config_;
  const cv::Mat mask_;
  Streams<Stream> streams_;
  std::uint64_t streams_seen_ = 0;
  std::uint64_t records_seen_ = 0;  // which are the numbers of those that are held back
  std::list<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::optional<std::uint64_t> just_held_;
  std::vector<Decision> decisions_;
};

}  // namespace framespool::picture_transforms
