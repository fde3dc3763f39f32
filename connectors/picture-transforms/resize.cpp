#include "resize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

#include <framespool/media/image.h>

#include "described.h"
#include "record_picture.h"

namespace framespool::picture_transforms {
namespace {

/// How wide a decoder has to make a picture of `size` that is to be `scaled`. It leaves out work in eighths. What has
/// the size then is done; what does not is scaled once more, from twice that at least, or details would suffer twice.
int WidthToRead(const cv::Size& size, const cv::Size& scaled) {
  if (scaled.width > size.width || scaled.height > size.height) return RecordPicture::kWhole;
  // So wide that it is high enough too.
  const std::int64_t as_wide = (std::int64_t{scaled.height} * size.width + size.height - 1) / size.height;
  const std::int64_t width = std::max<std::int64_t>(scaled.width, as_wide);
  const bool is_eighths = width * 8 % size.width == 0;
  return static_cast<int>(std::min<std::int64_t>(is_eighths ? width : width * 2, RecordPicture::kWhole));
}

}  // namespace

const ConfigDef<Resize::Config>& Resize::Describe() {
  constexpr int kMostSide = 16384;
  static const auto def = [] {
    ConfigDef<Config> keys;
    Shown(
        keys.Field("width", &Config::width, "The new width. 0: what follows from the height and the picture's shape."),
        "Width")
        .Range(0, kMostSide)
        .Unit("px");
    Shown(keys.Field("height", &Config::height, "The new height. 0: what follows from the width and the shape."),
          "Height")
        .Range(0, kMostSide)
        .Unit("px");
    Shown(keys.Field("fit", &Config::fit,
                     "Where both are given: contain makes the whole picture fit into them, and one side may be "
                     "shorter; cover fills them and cuts off what is outside, on both sides alike; stretch gives up "
                     "the shape.",
                     {{"contain", Fit::kContain}, {"cover", Fit::kCover}, {"stretch", Fit::kStretch}}),
          "Fit");
    Shown(keys.Field("upscale", &Config::upscale, "Whether a picture that is smaller is made larger."), "Upscale");
    Rule<Config>(keys, "width", [](const Config& config) -> std::optional<std::string> {
      if (config.width > 0 || config.height > 0) return std::nullopt;
      return "or height must be above 0, but both are 0; give one of them, or both";
    });
    return keys;
  }();
  return def;
}

std::optional<Resize::Plan> Resize::PlanFor(const Config& config, const cv::Size& size) {
  const double across = static_cast<double>(config.width) / size.width;
  const double down = static_cast<double>(config.height) / size.height;
  const auto clamped = [&](double factor) { return config.upscale ? factor : std::min(factor, 1.0); };
  double x = 0, y = 0;
  bool cuts = false;
  if (config.width == 0 || config.height == 0) {
    x = y = clamped(std::max(across, down));
  } else if (config.fit == Fit::kStretch) {
    x = clamped(across);
    y = clamped(down);
  } else {
    cuts = config.fit == Fit::kCover;
    x = y = clamped(cuts ? std::max(across, down) : std::min(across, down));
  }
  const double width = std::max(1.0, std::round(size.width * x));
  const double height = std::max(1.0, std::round(size.height * y));
  if (width * height > static_cast<double>(media::kMostImagePixels)) return std::nullopt;
  Plan plan;
  plan.scaled = plan.cut = {static_cast<int>(width), static_cast<int>(height)};
  if (cuts) plan.cut = {std::min(plan.scaled.width, config.width), std::min(plan.scaled.height, config.height)};
  return plan;
}

bool Resize::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("Resize", record);
  const cv::Size size = picture.size();
  const auto plan = PlanFor(config_, size);
  if (!plan) {
    throw DataError("Resize cannot make a picture of " + std::to_string(size.width) + "x" +
                    std::to_string(size.height) + " as large as it is to be: it would have over " +
                    std::to_string(media::kMostImagePixels / 1'000'000) +
                    " megapixels; set both width and height, or upscale = false");
  }
  if (plan->scaled == size && plan->cut == size) return true;
  const cv::Mat whole = picture.Read(WidthToRead(size, plan->scaled));
  cv::Mat scaled = whole;
  if (whole.size() != plan->scaled) {
    const bool is_smaller = plan->scaled.width <= whole.cols && plan->scaled.height <= whole.rows;
    scaled = cv::Mat();
    cv::resize(whole, scaled, plan->scaled, 0, 0, is_smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  }
  const cv::Point from((scaled.cols - plan->cut.width) / 2, (scaled.rows - plan->cut.height) / 2);
  picture.Put(scaled(cv::Rect(from, plan->cut)));
  return true;
}

}  // namespace framespool::picture_transforms
