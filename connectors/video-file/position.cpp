#include "position.h"

#include "framespool/errors.h"

namespace framespool::video_file {
namespace {

std::int64_t Number(const Fields& offset, const std::string& key) {
  const auto field = offset.find(key);
  if (field == offset.end()) return 0;
  const auto* number = std::get_if<std::int64_t>(&field->second);
  if (number == nullptr || *number < 0) {
    throw ConfigError(
        Problem{.message = "the stored offset's " + key +
                           " must be a whole number of at least 0; alter it with PATCH, or start over with DELETE, on "
                           "/connectors/NAME/offsets while the connector is stopped",
                .kind = "stored-offset-unusable",
                .facts = {{"key", key}}});
  }
  return *number;
}

const std::int64_t* Whole(const Fields& offset, const std::string& key) {
  const auto field = offset.find(key);
  return field != offset.end() ? std::get_if<std::int64_t>(&field->second) : nullptr;
}

}  // namespace

Fields Position::ToOffset() const {
  Fields offset{{"frame", frame},           {"loop", loop},       {"loop_us", loop_us},
                {"last_ticks", last_ticks}, {"last_us", last_us}, {"last_check", last_check}};
  if (last_place) offset["last_place"] = *last_place;
  if (shift_us != 0) offset["shift_us"] = shift_us;
  if (gop) offset["gop"] = *gop;
  return offset;
}

Position Position::FromOffset(const Fields& offset) {
  Position position{.frame = Number(offset, "frame"),
                    .loop = Number(offset, "loop"),
                    .loop_us = Number(offset, "loop_us"),
                    .last_ticks = 0,
                    .last_us = 0,
                    .last_check = {},
                    .last_place = std::nullopt,
                    .shift_us = 0,
                    .gop = std::nullopt};
  const auto check = offset.find("last_check");
  const auto* text = check != offset.end() ? std::get_if<std::string>(&check->second) : nullptr;
  const auto* last_ticks = Whole(offset, "last_ticks");
  if (text != nullptr && last_ticks != nullptr) {
    position.last_check = *text;
    position.last_ticks = *last_ticks;
    position.last_us = Number(offset, "last_us");
    if (const auto* place = Whole(offset, "last_place")) position.last_place = *place;
    if (const auto* shift = Whole(offset, "shift_us")) position.shift_us = *shift;
    if (const auto* gop = Whole(offset, "gop")) position.gop = *gop;
  }
  return position;
}

std::optional<std::string> Position::ProblemWith(const Fields& offset) {
  Position whole;
  whole.last_place = 0;
  whole.shift_us = 1;
  whole.gop = 0;
  const Fields known = whole.ToOffset();
  if (!offset.contains("frame")) return "offset must have a frame: the number of the next one, from 0";
  for (const auto& [key, value] : offset) {
    if (!known.contains(key))
      return "offset." + key + " is unknown; wanted: {\"frame\": NUMBER}, the number of the next frame, from 0";
    const auto* number = std::get_if<std::int64_t>(&value);
    if (key == "last_check") {
      if (!std::holds_alternative<std::string>(value)) return "offset.last_check must be a text";
    } else if (number == nullptr || (*number < 0 && key != "last_ticks" && key != "shift_us")) {
      return "offset." + key + " must be a whole number of at least 0";
    }
  }
  return std::nullopt;
}

}  // namespace framespool::video_file
