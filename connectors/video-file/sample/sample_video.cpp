// sample_video FILE.mp4: draws the video that `./dev run` plays when it is given none. A day over hills, 24 s at 30 fps,
// with a clock and a frame counter large enough to read in a thumbnail, so that anyone can see what is lost or late.
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

namespace {

constexpr int kWidth = 1280;
constexpr int kHeight = 720;
constexpr int kFps = 30;
constexpr int kFrames = 24 * kFps;
constexpr int kShift = 4;  // OpenCV draws at sixteenths of a pixel
constexpr double kTurn = 2 * std::numbers::pi;

using Colour = cv::Vec3d;  // BGR

Colour Mix(const Colour& a, const Colour& b, double share) { return a * (1 - share) + b * share; }
cv::Scalar Ink(const Colour& colour) { return {colour[0], colour[1], colour[2]}; }
cv::Point Fixed(double x, double y) {
  return {static_cast<int>(std::lround(x * (1 << kShift))), static_cast<int>(std::lround(y * (1 << kShift)))};
}

/// The colours of one moment; the day is a ring of these.
struct Light {
  Colour zenith, horizon, far, near;
};

Light LightAt(double day) {
  static const std::vector<Light> kDay = {
      {{92, 48, 30}, {138, 120, 226}, {110, 72, 84}, {52, 34, 36}},       // dawn
      {{196, 142, 74}, {228, 206, 176}, {168, 138, 104}, {74, 82, 48}},   // noon
      {{110, 62, 66}, {84, 142, 246}, {98, 72, 104}, {46, 34, 44}},       // dusk
      {{46, 26, 14}, {92, 62, 38}, {62, 44, 32}, {28, 20, 15}},           // night
  };
  const double place = day * static_cast<double>(kDay.size());
  const auto index = static_cast<std::size_t>(place) % kDay.size();
  const Light& a = kDay[index];
  const Light& b = kDay[(index + 1) % kDay.size()];
  const double share = (1 - std::cos(std::numbers::pi * (place - std::floor(place)))) / 2;
  return {Mix(a.zenith, b.zenith, share), Mix(a.horizon, b.horizon, share), Mix(a.far, b.far, share),
          Mix(a.near, b.near, share)};
}

Colour SkyAt(const Light& light, int y) {
  return Mix(light.zenith, light.horizon, std::pow(static_cast<double>(y) / kHeight, 0.8));
}

void DrawSky(cv::Mat& picture, const Light& light) {
  for (int y = 0; y < kHeight; ++y) picture.row(y).setTo(Ink(SkyAt(light, y)));
}

void DrawStars(cv::Mat& picture, double day, const Light& light) {
  const double night = std::max(0.0, std::cos(kTurn * (day - 0.75)));
  if (night < 0.05) return;
  cv::RNG chance(7);
  for (int i = 0; i < 140; ++i) {
    const cv::Point at(chance.uniform(0, kWidth), chance.uniform(0, kHeight / 2));
    const double twinkle = 0.6 + 0.4 * std::sin(kTurn * day * 40 + i);
    const Colour sky = SkyAt(light, at.y);
    cv::circle(picture, at, i % 9 == 0 ? 2 : 1, Ink(Mix(sky, {255, 244, 232}, night * twinkle)), cv::FILLED, cv::LINE_AA);
  }
}

/// The sun by day, the moon by night, on the same arc.
void DrawSunOrMoon(cv::Mat& picture, double day) {
  const bool sun = day < 0.5;
  const double way = sun ? day * 2 : day * 2 - 1;
  const double x = -80 + way * (kWidth + 160);
  const double y = 470 - 350 * std::sin(std::numbers::pi * way);
  const Colour body = sun ? Colour{150, 226, 255} : Colour{226, 232, 238};
  const double radius = sun ? 46 : 34;
  const int reach = sun ? 180 : 168;
  const cv::Rect around = cv::Rect(static_cast<int>(x) - reach, static_cast<int>(y) - reach, 2 * reach, 2 * reach) &
                          cv::Rect(0, 0, kWidth, kHeight);
  if (around.empty()) return;
  cv::Mat part = picture(around);
  const double px = x - around.x;
  const double py = y - around.y;
  for (int glow = 5; glow > 0; --glow) {
    const cv::Mat before = part.clone();
    const double share = sun ? 0.05 : 0.03;
    cv::circle(part, Fixed(px, py), static_cast<int>(radius + glow * 26) << kShift, Ink(body), cv::FILLED, cv::LINE_AA, kShift);
    cv::addWeighted(part, share, before, 1 - share, 0, part);
  }
  if (sun) {
    cv::circle(part, Fixed(px, py), static_cast<int>(radius) << kShift, Ink(body), cv::FILLED, cv::LINE_AA, kShift);
    return;
  }
  // A crescent: the outer edge once round the lit side, and back along an ellipse's.
  std::vector<cv::Point> crescent;
  constexpr int kSteps = 40;
  const auto edge = [&](double angle, double bulge) {
    const double across = radius * bulge * std::sin(angle);
    const double along = -radius * std::cos(angle);
    crescent.push_back(Fixed(px - across * 0.92 + along * 0.39, py + along * 0.92 + across * 0.39));
  };
  for (int i = 0; i <= kSteps; ++i) edge(std::numbers::pi * i / kSteps, 1);
  for (int i = kSteps; i >= 0; --i) edge(std::numbers::pi * i / kSteps, 0.45);
  cv::fillPoly(part, std::vector<std::vector<cv::Point>>{crescent}, Ink(body), cv::LINE_AA, kShift);
}

/// Hills that pass by, the nearer the faster; the pattern repeats with the video, so that a loop has no seam.
void DrawHills(cv::Mat& picture, double time, const Light& light) {
  constexpr int kLayers = 4;
  for (int layer = 0; layer < kLayers; ++layer) {
    const double depth = static_cast<double>(layer) / (kLayers - 1);
    std::vector<cv::Point> ridge;
    for (int x = 0; x <= kWidth; x += 8) {
      const double along = static_cast<double>(x) / kWidth + time * (layer + 1);
      const double height = 0.55 * std::sin(kTurn * along + layer * 2.1) + 0.3 * std::sin(kTurn * 2 * along + layer) +
                            0.15 * std::sin(kTurn * 5 * along + layer * 0.7);
      ridge.push_back(Fixed(x, 400 + 84 * depth * 1.6 - height * (64 - 26 * depth)));
    }
    ridge.push_back(Fixed(kWidth, kHeight));
    ridge.push_back(Fixed(0, kHeight));
    cv::fillPoly(picture, std::vector<std::vector<cv::Point>>{ridge}, Ink(Mix(light.far, light.near, depth)), cv::LINE_AA, kShift);
  }
}

/// One digit of even strokes, as on an instrument; only the characters that a clock and a counter need.
void DrawGlyph(cv::Mat& picture, char glyph, double x, double y, double width, double height, double stroke, const cv::Scalar& ink) {
  static constexpr const char* kLit[] = {"abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg"};
  const double x2 = x + width;
  const double middle = y + height / 2;
  const double y2 = y + height;
  const auto line = [&](double ax, double ay, double bx, double by) {
    cv::line(picture, Fixed(ax, ay), Fixed(bx, by), ink, static_cast<int>(stroke), cv::LINE_AA, kShift);
  };
  const auto dot = [&](double dx, double dy) {
    cv::circle(picture, Fixed(dx, dy), static_cast<int>(stroke * 0.62 * (1 << kShift)), ink, cv::FILLED, cv::LINE_AA, kShift);
  };
  if (glyph == ':') return dot(x + width / 2, y + height * 0.3), dot(x + width / 2, y + height * 0.7);
  if (glyph == '.') return dot(x + width / 2, y2);
  for (const char* segment = kLit[glyph - '0']; *segment != '\0'; ++segment) {
    switch (*segment) {
      case 'a': line(x, y, x2, y); break;
      case 'b': line(x2, y, x2, middle); break;
      case 'c': line(x2, middle, x2, y2); break;
      case 'd': line(x, y2, x2, y2); break;
      case 'e': line(x, middle, x, y2); break;
      case 'f': line(x, y, x, middle); break;
      default: line(x, middle, x2, middle);
    }
  }
}

double DrawNumber(cv::Mat& picture, const std::string& text, double x, double y, double height, const cv::Scalar& ink) {
  const double width = height * 0.52;
  const double stroke = height * 0.115;
  for (const char glyph : text) {
    const bool narrow = glyph == ':' || glyph == '.';
    DrawGlyph(picture, glyph, x, y, narrow ? height * 0.12 : width, height, stroke, ink);
    x += (narrow ? height * 0.12 : width) + height * 0.3;
  }
  return x;
}

void DrawLabel(cv::Mat& picture, const std::string& text, cv::Point at, const cv::Scalar& ink) {
  cv::putText(picture, text, at, cv::FONT_HERSHEY_DUPLEX, 0.62, ink, 1, cv::LINE_AA);
}

/// The panel at the foot: elapsed time, frame number, and how far the video has come.
void DrawPanel(cv::Mat& picture, int frame) {
  cv::Mat panel = picture(cv::Rect(0, 540, kWidth, kHeight - 540));
  panel.convertTo(panel, -1, 0.42, 0);
  const cv::Scalar white(250, 250, 248);
  const cv::Scalar grey(196, 194, 190);
  const cv::Scalar accent(96, 196, 255);
  char text[16];
  const int ms = frame * 1000 / kFps;
  std::snprintf(text, sizeof text, "%02d:%02d.%03d", ms / 60000, ms / 1000 % 60, ms % 1000);
  DrawLabel(picture, "TIME", {56, 578}, grey);
  DrawNumber(picture, text, 60, 600, 72, white);
  std::snprintf(text, sizeof text, "%04d", frame);
  DrawLabel(picture, "FRAME", {956, 578}, grey);
  DrawNumber(picture, text, 960, 600, 72, accent);
  const double done = static_cast<double>(frame + 1) / kFrames;
  cv::rectangle(picture, {0, kHeight - 6}, {static_cast<int>(std::lround(kWidth * done)), kHeight}, accent, cv::FILLED);
}

/// A clock face whose hand goes round once a second: what is late or missing shows as a jump.
void DrawClock(cv::Mat& picture, int frame) {
  const double cx = 790;
  const double cy = 632;
  const cv::Scalar white(250, 250, 248);
  cv::circle(picture, Fixed(cx, cy), 62 << kShift, cv::Scalar(150, 148, 144), 2, cv::LINE_AA, kShift);
  for (int tick = 0; tick < kFps; ++tick) {
    const double angle = kTurn * tick / kFps;
    const double inner = tick % 5 == 0 ? 50 : 55;
    cv::line(picture, Fixed(cx + inner * std::sin(angle), cy - inner * std::cos(angle)),
             Fixed(cx + 58 * std::sin(angle), cy - 58 * std::cos(angle)), cv::Scalar(170, 168, 164), 1, cv::LINE_AA, kShift);
  }
  const double angle = kTurn * (frame % kFps) / kFps;
  cv::line(picture, Fixed(cx, cy), Fixed(cx + 46 * std::sin(angle), cy - 46 * std::cos(angle)), cv::Scalar(96, 196, 255), 5, cv::LINE_AA, kShift);
  cv::circle(picture, Fixed(cx, cy), 7 << kShift, white, cv::FILLED, cv::LINE_AA, kShift);
}

void Draw(cv::Mat& picture, int frame) {
  const double time = static_cast<double>(frame) / kFrames;
  // Starts in the morning, so that the first picture is a bright one.
  const double day = time + 0.14 - std::floor(time + 0.14);
  const Light light = LightAt(day);
  DrawSky(picture, light);
  DrawStars(picture, day, light);
  DrawSunOrMoon(picture, day);
  DrawHills(picture, time, light);
  DrawPanel(picture, frame);
  DrawClock(picture, frame);
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc != 2) {
    std::cerr << "usage: sample_video FILE.mp4\n";
    return 2;
  }
  const std::filesystem::path target = argv[1];
  // A build that is broken off must not leave half a video under the name that counts.
  const std::filesystem::path unfinished = target.string() + ".part.mp4";
  // The ffmpeg program and not cv::VideoWriter, which has no way to choose x264's preset and takes three times as long.
  const std::string command = "ffmpeg -nostdin -loglevel error -y -f rawvideo -pix_fmt bgr24 -s " + std::to_string(kWidth) + "x" +
                              std::to_string(kHeight) + " -r " + std::to_string(kFps) +
                              " -i pipe:0 -c:v libx264 -preset superfast -crf 22 -g 60 -pix_fmt yuv420p -movflags +faststart '" +
                              unfinished.string() + "'";
  FILE* encoder = popen(command.c_str(), "w");
  if (encoder == nullptr) {
    std::cerr << "sample_video: cannot run ffmpeg; is it installed?\n";
    return 1;
  }
  cv::Mat picture(kHeight, kWidth, CV_8UC3);
  bool taken = true;
  for (int frame = 0; frame < kFrames && taken; ++frame) {
    Draw(picture, frame);
    taken = std::fwrite(picture.data, picture.elemSize(), picture.total(), encoder) == picture.total();
  }
  if (pclose(encoder) != 0 || !taken) {
    std::cerr << "sample_video: ffmpeg failed; is it installed, with libx264? It was: " << command << "\n";
    return 1;
  }
  std::error_code error;
  std::filesystem::rename(unfinished, target, error);
  if (error) {
    std::cerr << "sample_video: cannot rename " << unfinished << " to " << target << ": " << error.message() << "\n";
    return 1;
  }
  return 0;
}
