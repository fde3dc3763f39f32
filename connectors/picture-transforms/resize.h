#pragma once

#include <opencv2/core/types.hpp>
#include <optional>
#include <string>

#include <framespool/transform.h>

namespace framespool::picture_transforms {

/// Another size.
class Resize final : public Transform {
 public:
  static constexpr bool kStateless = true;
  enum class Fit { kContain, kCover, kStretch };
  struct Config {
    int width = 0;
    int height = 0;
    Fit fit = Fit::kContain;
    bool upscale = false;
  };
  static const ConfigDef<Config>& Describe();
  Resize(const Config& config, TransformContext& /*context*/) : config_(config) {}
  bool Apply(RecordRef record) override;

  /// What becomes of a picture: it is scaled, and then the middle of that is cut out.
  struct Plan {
    cv::Size scaled;
    cv::Size cut;
  };
  /// Nothing where the picture would have more pixels than a picture may have.
  static std::optional<Plan> PlanFor(const Config& config, const cv::Size& size);

 private:
  const Config config_;
};

}  // namespace framespool::picture_transforms
