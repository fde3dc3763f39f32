#pragma once

#include <framespool/transform.h>

namespace framespool::picture_transforms {

/// Brightness without colour.
class Grayscale final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {};
  static const ConfigDef<Config>& Describe();
  Grayscale(const Config& /*config*/, TransformContext& /*context*/) {}
  bool Apply(RecordRef record) override;
};

}  // namespace framespool::picture_transforms
