#include "rotate.h"

#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "described.h"
#include "record_picture.h"

namespace framespool::picture_transforms {

const ConfigDef<Rotate::Config>& Rotate::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Shown(keys.Field(
              "degrees", &Config::degrees, "By how much the picture is turned, clockwise.",
              {{"0", Angle::kNone}, {"90", Angle::kQuarter}, {"180", Angle::kHalf}, {"270", Angle::kThreeQuarters}}),
          "Degrees");
    Shown(keys.Field("mirror", &Config::mirror,
                     "Behind that: horizontal has left and right change places, vertical top and bottom.",
                     {{"none", Mirror::kNone}, {"horizontal", Mirror::kHorizontal}, {"vertical", Mirror::kVertical}}),
          "Mirror");
    return keys;
  }();
  return def;
}

bool Rotate::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("Rotate", record);
  if (config_.degrees == Angle::kNone && config_.mirror == Mirror::kNone) return true;
  const cv::Mat lying = picture.Read();
  cv::Mat turned = lying;
  if (config_.degrees != Angle::kNone) {
    turned = cv::Mat();
    cv::rotate(lying, turned,
               config_.degrees == Angle::kQuarter ? cv::ROTATE_90_CLOCKWISE
               : config_.degrees == Angle::kHalf  ? cv::ROTATE_180
                                                  : cv::ROTATE_90_COUNTERCLOCKWISE);
  }
  if (config_.mirror != Mirror::kNone) {
    cv::Mat mirrored;
    cv::flip(turned, mirrored, config_.mirror == Mirror::kHorizontal ? 1 : 0);
    turned = mirrored;
  }
  picture.Put(turned);
  return true;
}

}  // namespace framespool::picture_transforms
