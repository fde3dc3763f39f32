#include "crop.h"

#include <optional>

#include "described.h"
#include "record_picture.h"

namespace framespool::picture_transforms {
namespace {

void Place(ConfigDef<Crop::Config>& keys, const char* name, std::string Crop::Config::*member, const char* display,
           const char* doc, bool may_be_nothing) {
  Shown(keys.Field(name, member, doc), display);
  Rule<Crop::Config>(keys, name, [=](const Crop::Config& config) -> std::optional<std::string> {
    const auto length = Length::Read(config.*member);
    if (length && (may_be_nothing || length->value > 0)) return std::nullopt;
    return std::string("must be ") + kALength + (may_be_nothing ? "" : ", above 0") + ", but is \"" + config.*member +
           "\"";
  });
}

}  // namespace

const ConfigDef<Crop::Config>& Crop::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Place(keys, "x", &Config::x, "X", "Where the part begins, from the left: pixels (120) or a share (12.5%).", true);
    Place(keys, "y", &Config::y, "Y", "Where it begins, from the top.", true);
    Place(keys, "width", &Config::width, "Width", "How wide it is; what lies outside of the picture is left out.",
          false);
    Place(keys, "height", &Config::height, "Height", "How high it is.", false);
    return keys;
  }();
  return def;
}

Crop::Crop(const Config& config, TransformContext& /*context*/)
    : region_{Length::Read(config.x).value(), Length::Read(config.y).value(), Length::Read(config.width).value(),
              Length::Read(config.height).value()} {}

bool Crop::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("Crop", record);
  const cv::Size size = picture.size();
  const cv::Rect part = region_.In(size);
  if (part.empty()) {
    throw DataError("Crop wants a part of the picture, but it has only " + std::to_string(size.width) + "x" +
                    std::to_string(size.height) +
                    " pixels, and the part lies outside; set x, y, width and height to "
                    "less, or as shares");
  }
  if (part.size() == size) return true;
  picture.Put(picture.Read()(part));
  return true;
}

}  // namespace framespool::picture_transforms
