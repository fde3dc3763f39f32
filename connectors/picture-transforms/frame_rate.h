#pragma once

#include <cstdint>
#include <optional>

#include <framespool/transform.h>

#include "frame_time.h"
#include "streams.h"

namespace framespool::picture_transforms {

/// Leaves records out so that no more than some a second remain. Looks at no value.
class FrameRate final : public Transform {
 public:
  struct Config {
    double fps = 0;
    Per per = Per::kKey;
  };
  static const ConfigDef<Config>& Describe();
  FrameRate(const Config& config, TransformContext& context);
  bool Apply(RecordRef record) override;
  void Reset() override { streams_.Clear(); }

 private:
  struct Last {
    std::int64_t slot = 0;
    FrameTime time;
  };
  const Config config_;
  Streams<std::optional<Last>> streams_;
};

}  // namespace framespool::picture_transforms
