#include "overlay.h"

#include <opencv2/imgproc.hpp>

#include "described.h"
#include "lettering.h"
#include "record_picture.h"

namespace framespool::picture_transforms {

const ConfigDef<Overlay::Config>& Overlay::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Shown(keys.Field("text", &Config::text,
                     "What is written: text with ${timestamp}, ${topic}, ${key}, ${header:NAME}, and on a sink "
                     "${partition} and ${offset}. Lines end with a line feed. What is not ASCII shows as ?."),
          "Text")
        .Importance(Importance::kHigh)
        .Width(Width::kLong);
    Shown(keys.Field("position", &Config::position, "Where.",
                     {{"top-left", Position::kTopLeft},
                      {"top", Position::kTop},
                      {"top-right", Position::kTopRight},
                      {"left", Position::kLeft},
                      {"center", Position::kCenter},
                      {"right", Position::kRight},
                      {"bottom-left", Position::kBottomLeft},
                      {"bottom", Position::kBottom},
                      {"bottom-right", Position::kBottomRight}}),
          "Position");
    Shown(keys.Field("size", &Config::size,
                     "How high a capital letter is: pixels (24) or a share of the picture's height (4%). Text that "
                     "would be too wide is made smaller."),
          "Size");
    Shown(keys.Field("color", &Config::color,
                     "Of the letters: #rrggbb, or black, white, gray, red, green, blue, yellow, cyan, magenta."),
          "Colour");
    Shown(keys.Field("background", &Config::background,
                     "Of the box behind them; the last two digits of #rrggbbaa say how opaque it is. none: no box."),
          "Background");
    Shown(keys.Field("timestamp.format", &Config::timestamp_format,
                     "How ${timestamp}, the record's time, is written: strftime's %Y %m %d %H %M %S %y %j %a %b %F %T "
                     "%z %Z, and %L for milliseconds."),
          "Time format");
    Shown(keys.Field("timestamp.zone", &Config::timestamp_zone, "In UTC, or in the time zone of the worker's machine.",
                     {{"utc", Zone::kUtc}, {"local", Zone::kLocal}}),
          "Time zone");
    Rule<Config>(keys, "text", [](const Config& config) { return TextTemplate::Problem(config.text); });
    Rule<Config>(keys, "size", [](const Config& config) -> std::optional<std::string> {
      const auto size = Length::Read(config.size);
      if (size && size->value > 0) return std::nullopt;
      return std::string("must be ") + kALength + ", above 0, but is \"" + config.size + "\"";
    });
    const auto colour_rule = [&](const char* name, std::string Config::*member) {
      Rule<Config>(keys, name, [member](const Config& config) -> std::optional<std::string> {
        if (Colour::Read(config.*member)) return std::nullopt;
        return std::string("must be ") + kAColour + ", but is \"" + config.*member + "\"";
      });
    };
    colour_rule("color", &Config::color);
    colour_rule("background", &Config::background);
    Rule<Config>(keys, "timestamp.format",
                 [](const Config& config) { return TimePattern::Problem(config.timestamp_format); });
    return keys;
  }();
  return def;
}

Overlay::Overlay(const Config& config, TransformContext& /*context*/)
    : text_(config.text),
      time_{config.timestamp_format, config.timestamp_zone == Zone::kLocal},
      position_(config.position),
      size_(Length::Read(config.size).value()),
      colour_(Colour::Read(config.color).value()),
      background_(Colour::Read(config.background).value()) {}

bool Overlay::Apply(RecordRef record) {
  if (record.value.is_null()) return true;
  RecordPicture picture("Overlay", record);
  const Lettering lettering(text_.Fill(record, time_), size_.Of(picture.size().height), picture.size());
  if (lettering.empty()) return true;
  cv::Mat pixels = picture.Edit();
  if (pixels.channels() == 1 && !(colour_.is_gray() && background_.is_gray())) {
    cv::Mat coloured;
    cv::cvtColor(pixels, coloured, cv::COLOR_GRAY2BGR);
    pixels = coloured;
  }
  const auto place = static_cast<int>(position_);
  lettering.Draw(pixels, place % 3, place / 3, colour_, background_);
  picture.Put(pixels);
  return true;
}

}  // namespace framespool::picture_transforms
