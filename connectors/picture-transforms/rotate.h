#pragma once

#include <framespool/transform.h>

namespace framespool::picture_transforms {

/// Quarter turns and mirrors.
class Rotate final : public Transform {
 public:
  static constexpr bool kStateless = true;
  enum class Angle { kNone, kQuarter, kHalf, kThreeQuarters };
  enum class Mirror { kNone, kHorizontal, kVertical };
  struct Config {
    Angle degrees = Angle::kNone;
    Mirror mirror = Mirror::kNone;
  };
  static const ConfigDef<Config>& Describe();
  Rotate(const Config& config, TransformContext& /*context*/) : config_(config) {}
  bool Apply(RecordRef record) override;

 private:
  const Config config_;
};

}  // namespace framespool::picture_transforms
