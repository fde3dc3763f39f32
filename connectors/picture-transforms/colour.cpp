#include "colour.h"

#include <array>
#include <charconv>
#include <utility>

namespace framespool::picture_transforms {

std::optional<Colour> Colour::Read(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Colour>, 10> kNames = {{{"none", {0, 0, 0, 0}},
                                                                                  {"black", {0, 0, 0}},
                                                                                  {"white", {255, 255, 255}},
                                                                                  {"gray", {128, 128, 128}},
                                                                                  {"red", {255, 0, 0}},
                                                                                  {"green", {0, 255, 0}},
                                                                                  {"blue", {0, 0, 255}},
                                                                                  {"yellow", {255, 255, 0}},
                                                                                  {"cyan", {0, 255, 255}},
                                                                                  {"magenta", {255, 0, 255}}}};
  for (const auto& [name, colour] : kNames) {
    if (name == text) return colour;
  }
  if (!text.starts_with('#') || (text.size() != 7 && text.size() != 9)) return std::nullopt;
  std::array<int, 4> parts = {0, 0, 0, 255};
  for (std::size_t i = 0; 1 + i * 2 < text.size(); ++i) {
    const char* begin = text.data() + 1 + i * 2;
    if (*begin == '-') return std::nullopt;
    if (std::from_chars(begin, begin + 2, parts[i], 16).ptr != begin + 2) return std::nullopt;
  }
  return Colour{parts[0], parts[1], parts[2], parts[3] / 255.0};
}

cv::Scalar Colour::For(int channels) const {
  if (channels == 1) return cv::Scalar(red);
  return {static_cast<double>(blue), static_cast<double>(green), static_cast<double>(red)};
}

}  // namespace framespool::picture_transforms
