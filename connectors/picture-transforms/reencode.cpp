#include "reencode.h"

#include <string>

#include "described.h"
#include "record_picture.h"

namespace framespool::picture_transforms {

const ConfigDef<Reencode::Config>& Reencode::Describe() {
  static const auto def = [] {
    using media::ImageFormat;
    ConfigDef<Config> keys;
    Shown(keys.Field("format", &Config::format, "How the picture is written behind the chain. png is lossless.",
                     {{"jpeg", ImageFormat::kJpeg}, {"png", ImageFormat::kPng}, {"webp", ImageFormat::kWebp}}),
          "Format")
        .Dependents({"quality"});
    Shown(keys.Field("quality", &Config::quality,
                     "The quality of JPEG and WebP: higher is better and larger. Has no part in PNG."),
          "Quality")
        .Range(1, 100);
    Shown(keys.Field("max.bytes", &Config::max_bytes,
                     "Where the picture would have more, the quality is lowered until it fits; one that does not fit "
                     "even with quality 1 is an error of its record. 0: any size."),
          "Largest")
        .AtLeast(0);
    return keys;
  }();
  return def;
}

Reencode::Reencode(const Config& config, TransformContext& /*context*/)
    : config_(config),
      codec_(std::make_shared<const Codec>(
          Encoding{.format = config.format, .quality = config.quality, .max_bytes = config.max_bytes.count})) {}

bool Reencode::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("Reencode", record);
  picture.Put(picture.Read(), std::string(media::ContentTypeOf(config_.format)), codec_);
  return true;
}

}  // namespace framespool::picture_transforms
