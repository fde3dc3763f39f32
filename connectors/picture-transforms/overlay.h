#pragma once

#include <optional>
#include <string>

#include <framespool/transform.h>

#include "colour.h"
#include "region.h"
#include "text_template.h"

namespace framespool::picture_transforms {

/// Text in the picture.
class Overlay final : public Transform {
 public:
  static constexpr bool kStateless = true;
  enum class Position { kTopLeft, kTop, kTopRight, kLeft, kCenter, kRight, kBottomLeft, kBottom, kBottomRight };
  enum class Zone { kUtc, kLocal };
  struct Config {
    std::string text = "${timestamp}";
    Position position = Position::kBottomLeft;
    std::string size = "4%";
    std::string color = "white";
    std::string background = "#00000080";
    std::string timestamp_format = "%Y-%m-%d %H:%M:%S";
    Zone timestamp_zone = Zone::kUtc;
  };
  static const ConfigDef<Config>& Describe();
  Overlay(const Config& config, TransformContext& context);
  bool Apply(RecordRef record) override;

 private:
  const TextTemplate text_;
  const TimePattern time_;
  const Position position_;
  const Length size_;
  const Colour colour_;
  const Colour background_;
};

}  // namespace framespool::picture_transforms
