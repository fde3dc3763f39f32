#pragma once

#include <cstdint>
#include <memory>

#include <framespool/transform.h>

#include "codec.h"

namespace framespool::picture_transforms {

/// Another encoding. The picture is written when the chain is through.
class Reencode final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    media::ImageFormat format = media::ImageFormat::kJpeg;
    int quality = 80;
    Bytes max_bytes{};
  };
  static const ConfigDef<Config>& Describe();
  Reencode(const Config& config, TransformContext& context);
  bool Apply(RecordRef record) override;

 private:
  const Config config_;
  const std::shared_ptr<const Codec> codec_;
};

}  // namespace framespool::picture_transforms
