#pragma once

#include <string>
#include <vector>

#include <framespool/transform.h>

#include "region.h"

namespace framespool::picture_transforms {

/// Regions that nobody is to recognise.
class Blur final : public Transform {
 public:
  static constexpr bool kStateless = true;
  enum class Mode { kBlur, kBlackout };
  struct Config {
    std::vector<std::string> regions;
    Mode mode = Mode::kBlur;
    int radius = 0;
  };
  static const ConfigDef<Config>& Describe();
  Blur(const Config& config, TransformContext& context);
  bool Apply(RecordRef record) override;

 private:
  const Config config_;
  std::vector<Region> regions_;
};

}  // namespace framespool::picture_transforms
