#include "blur.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "described.h"
#include "record_picture.h"

namespace framespool::picture_transforms {
namespace {

constexpr std::size_t kMostRegions = 100;

/// Three boxes are nearly a Gauss, at the same cost for each radius.
void BlurWithin(cv::Mat part, int radius) {
  constexpr int kBoxes = 3;
  const int shorter = std::min(part.cols, part.rows);
  constexpr int kUsualShare = 6;
  constexpr int kLeast = 8;
  if (radius == 0) radius = std::max(kLeast, shorter / kUsualShare);
  const cv::Size box(radius * 2 + 1, radius * 2 + 1);
  for (int i = 0; i < kBoxes; ++i)
    cv::blur(part, part, box, cv::Point(-1, -1), cv::BORDER_REPLICATE | cv::BORDER_ISOLATED);
}

}  // namespace

const ConfigDef<Blur::Config>& Blur::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Shown(keys.Field("regions", &Config::regions,
                     "Rectangles, comma-separated, each x:y:width:height from the left and the top, in pixels or in "
                     "shares: 10:20:200:50, 50%:0%:50%:25%."),
          "Regions")
        .Required();
    Shown(keys.Field("mode", &Config::mode, "blur makes them unsharp, blackout black.",
                     {{"blur", Mode::kBlur}, {"blackout", Mode::kBlackout}}),
          "Mode")
        .Dependents({"radius"});
    Shown(keys.Field("radius", &Config::radius,
                     "How far each pixel is smeared. 0: a sixth of the region's shorter side, at least 8."),
          "Radius")
        .Range(0, 500)
        .Unit("px");
    Rule<Config>(keys, "regions", [](const Config& config) -> std::optional<std::string> {
      if (config.regions.size() > kMostRegions)
        return "must be at most " + std::to_string(kMostRegions) + " regions, but are " +
               std::to_string(config.regions.size());
      for (const std::string& region : config.regions) {
        if (!Region::Read(region))
          return std::string("must be regions x:y:width:height, each of them ") + kALength +
                 ", width and height above 0, but one is \"" + region + "\"";
      }
      return std::nullopt;
    });
    return keys;
  }();
  return def;
}

Blur::Blur(const Config& config, TransformContext& /*context*/) : config_(config) {
  for (const std::string& region : config.regions) regions_.push_back(Region::Read(region).value());
}

bool Blur::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("Blur", record);
  const cv::Size size = picture.size();
  const bool none =
      std::all_of(regions_.begin(), regions_.end(), [&](const Region& region) { return region.In(size).empty(); });
  if (none) return true;
  cv::Mat pixels = picture.Edit();
  for (const Region& region : regions_) {
    const cv::Rect place = region.In(size);
    if (place.empty()) continue;
    if (config_.mode == Mode::kBlackout) {
      pixels(place).setTo(cv::Scalar::all(0));
    } else {
      BlurWithin(pixels(place), config_.radius);
    }
  }
  picture.Put(pixels);
  return true;
}

}  // namespace framespool::picture_transforms
