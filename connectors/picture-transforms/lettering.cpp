#include "lettering.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>

namespace framespool::picture_transforms {
namespace {

constexpr int kFont = cv::FONT_HERSHEY_SIMPLEX;
constexpr double kCapital = 21;  // how high one is at scale 1
constexpr std::size_t kMostLines = 50;
constexpr std::size_t kMostLetters = 500;  // of a line

/// Letters that the font has; a character of several bytes is one ?.
std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '\n') {
      if (lines.size() == kMostLines) break;
      lines.emplace_back();
      continue;
    }
    if ((code & 0xC0U) == 0x80U || lines.back().size() >= kMostLetters) continue;
    lines.back() += code >= 0x7F ? '?' : code < 0x20 ? ' ' : letter;
  }
  const bool blank = std::all_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find_first_not_of(' ') == std::string::npos;
  });
  return blank ? std::vector<std::string>() : lines;
}

}  // namespace

Lettering::Lettering(const std::string& text, int height, const cv::Size& room) : lines_(LinesOf(text)) {
  if (lines_.empty()) return;
  const auto widest = [&](double scale, int thickness) {
    int width = 0;
    int below = 0;
    for (const std::string& line : lines_)
      width = std::max(width, cv::getTextSize(line, kFont, scale, thickness, &below).width);
    return width;
  };
  // A box is as wide as its text and half a capital on each side, and as far from the edge.
  const double widths = widest(1, 1) / kCapital + 2;
  const double heights = 2 * static_cast<double>(lines_.size()) + 1;
  const double fits = std::min(room.width / widths, room.height / heights);
  const double capital = std::min(static_cast<double>(height), fits);
  if (capital < 1) {
    lines_.clear();
    return;
  }
  scale_ = capital / kCapital;
  thickness_ = std::max(1, static_cast<int>(std::lround(capital / 12)));
  step_ = std::max(1, static_cast<int>(std::lround(capital * 2)));
  padding_ = static_cast<int>(capital / 2);
  box_ = {std::min(room.width, widest(scale_, thickness_) + 2 * padding_),
          std::min(room.height, step_ * static_cast<int>(lines_.size()))};
}

void Lettering::Draw(cv::Mat& pixels, int across, int down, const Colour& colour, const Colour& background) const {
  const auto begin = [](int place, int room, int size, int from_edge) {
    const int free = room - size;
    return place == 1 ? free / 2 : std::clamp(place == 0 ? from_edge : free - from_edge, 0, free);
  };
  const cv::Rect box(
      cv::Point(begin(across, pixels.cols, box_.width, padding_), begin(down, pixels.rows, box_.height, padding_)),
      box_);
  if (background.opacity > 0) {
    cv::Mat below = pixels(box);
    const cv::Mat plain(below.size(), below.type(), background.For(below.channels()));
    cv::addWeighted(plain, background.opacity, below, 1 - background.opacity, 0, below);
  }
  if (colour.opacity == 0) return;
  // Letters that reach out of the box do not show: a picture is to differ nowhere else.
  cv::Mat inside = pixels(box);
  const int capital = static_cast<int>(std::lround(scale_ * kCapital));
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const int base = static_cast<int>(i) * step_ + (step_ + capital) / 2;
    cv::putText(inside, lines_[i], {padding_, base}, kFont, scale_, colour.For(inside.channels()), thickness_,
                cv::LINE_AA);
  }
}

}  // namespace framespool::picture_transforms
