#include "codec.h"

#include <array>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <framespool/media/image.h>

namespace framespool::picture_transforms {
namespace {

[[noreturn]] void SayThatItDoesNotFit(const Pixels& pixels, const Encoding& encoding, int quality, std::size_t size) {
  std::string sentence = "Reencode wants a picture of " + std::to_string(pixels.width) + "x" +
                         std::to_string(pixels.height) + " in at most " + std::to_string(encoding.max_bytes) +
                         " bytes (max.bytes), but as " + std::string(media::ContentTypeOf(encoding.format)) + " ";
  sentence += encoding.format == media::ImageFormat::kPng
                  ? "it has " + std::to_string(size) + ", and has no quality to lower; set format to jpeg or webp"
                  : "of quality " + std::to_string(quality) + " it still has " + std::to_string(size) +
                        "; make it smaller with Resize";
  throw std::runtime_error(sentence + ", or raise max.bytes");
}

}  // namespace

Pixels Codec::Decode(const Payload& bytes) const {
  auto pixels = media::DecodeImage(bytes, std::numeric_limits<int>::max());
  if (!pixels) throw std::runtime_error("the picture cannot be decoded; is it cut off or damaged?");
  return std::move(*pixels);
}

Payload Codec::Encode(const Pixels& pixels) const {
  const auto encode = [&](int quality) { return media::EncodeImage(pixels, encoding_.format, quality); };
  const auto fits = [&](const Payload& made) {
    return encoding_.max_bytes == 0 || static_cast<std::int64_t>(made.size()) <= encoding_.max_bytes;
  };
  Payload last = encode(encoding_.quality);
  if (fits(last)) return last;
  if (encoding_.format == media::ImageFormat::kPng) SayThatItDoesNotFit(pixels, encoding_, 0, last.size());
  // Between one that fits and one that does not: the best that fits.
  std::optional<Payload> best;
  int good = 0;
  int bad = encoding_.quality;
  while (bad - good > 1) {
    const int quality = (good + bad) / 2;
    last = encode(quality);
    if (fits(last)) {
      best = last;
      good = quality;
    } else {
      bad = quality;
    }
  }
  if (!best) SayThatItDoesNotFit(pixels, encoding_, bad, last.size());
  return *best;
}

std::shared_ptr<const Codec> CodecOf(media::ImageFormat format) {
  static const std::array<std::shared_ptr<const Codec>, 3> all = {
      std::make_shared<const Codec>(Encoding{.format = media::ImageFormat::kJpeg}),
      std::make_shared<const Codec>(Encoding{.format = media::ImageFormat::kPng}),
      std::make_shared<const Codec>(Encoding{.format = media::ImageFormat::kWebp})};
  return all[static_cast<std::size_t>(format)];
}

}  // namespace framespool::picture_transforms
