#pragma once

#include <string>

#include <framespool/transform.h>

#include "region.h"

namespace framespool::picture_transforms {

/// A part of the picture.
class Crop final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::string x = "0";
    std::string y = "0";
    std::string width = "100%";
    std::string height = "100%";
  };
  static const ConfigDef<Config>& Describe();
  Crop(const Config& config, TransformContext& context);
  bool Apply(RecordRef record) override;

 private:
  const Region region_;
};

}  // namespace framespool::picture_transforms
