#include "picture/upright.h"

#include <turbojpeg.h>

#include <cstring>
#include <limits>
#include <memory>
#include <opencv2/core.hpp>
#include <utility>
#include <vector>

#include "picture/pixels_mat.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

namespace {

constexpr int kQuality = 95;

int Operation(Orientation orientation) {
  switch (orientation) {
    case Orientation::kMirrored: return TJXOP_HFLIP;
    case Orientation::kUpsideDown: return TJXOP_ROT180;
    case Orientation::kFlipped: return TJXOP_VFLIP;
    case Orientation::kTransposed: return TJXOP_TRANSPOSE;
    case Orientation::kQuarter: return TJXOP_ROT90;
    case Orientation::kTransversed: return TJXOP_TRANSVERSE;
    case Orientation::kThreeQuarters: return TJXOP_ROT270;
    case Orientation::kUpright: break;
  }
  return TJXOP_NONE;
}

std::optional<Payload> Transform(const Payload& image, Orientation orientation) {
  const std::unique_ptr<void, decltype(&tjDestroy)> turbo(tjInitTransform(), &tjDestroy);
  tjtransform wish{};
  wish.op = Operation(orientation);
  wish.options = TJXOPT_PERFECT | TJXOPT_COPYNONE;
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int failed = tjTransform(turbo.get(), reinterpret_cast<const unsigned char*>(image.bytes().data()),
                                 image.size(), 1, &made, &size, &wish, 0);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(made, &tjFree);
  if (failed != 0) return std::nullopt;
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), made, size);
  return Payload(std::move(bytes));
}

}  // namespace

Pixels Upright(Pixels pixels, Orientation orientation) {
  if (orientation == Orientation::kUpright) return pixels;
  Pixels turned{pixels.width, pixels.height, {}};
  if (Lies(orientation)) std::swap(turned.width, turned.height);
  turned.bytes.resize(pixels.bytes.size());
  cv::Mat target = MatOf(turned);
  const cv::Mat stored = MatOf(pixels);
  switch (orientation) {
    case Orientation::kMirrored: cv::flip(stored, target, 1); break;
    case Orientation::kUpsideDown: cv::flip(stored, target, -1); break;
    case Orientation::kFlipped: cv::flip(stored, target, 0); break;
    case Orientation::kTransposed: cv::transpose(stored, target); break;
    case Orientation::kQuarter: cv::rotate(stored, target, cv::ROTATE_90_CLOCKWISE); break;
    case Orientation::kTransversed:
      cv::transpose(stored, target);
      cv::flip(target, target, -1);
      break;
    case Orientation::kThreeQuarters: cv::rotate(stored, target, cv::ROTATE_90_COUNTERCLOCKWISE); break;
    case Orientation::kUpright: break;
  }
  return turned;
}

std::optional<Payload> UprightJpeg(const Payload& image) {
  if (SniffImage(image.bytes()) != "image/jpeg") return std::nullopt;
  const Orientation orientation = OrientationOf(image.bytes());
  if (orientation == Orientation::kUpright) return std::nullopt;
  if (auto turned = Transform(image, orientation)) return turned;
  // Whose size is no multiple of its blocks has an edge that cannot be turned as it is.
  const auto pixels = Decode(image, std::numeric_limits<int>::max());
  return pixels ? EncodeJpeg(*pixels, kQuality) : std::nullopt;
}

}  // namespace framespool::mjpeg
