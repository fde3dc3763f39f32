#pragma once

#include <cstdint>
#include <memory>

#include <framespool/media/image_encoder.h>
#include <framespool/value.h>

namespace framespool::picture_transforms {

/// How a picture is written.
struct Encoding {
  media::ImageFormat format = media::ImageFormat::kJpeg;
  int quality = 90;            // of JPEG and WebP
  std::int64_t max_bytes = 0;  // the quality is lowered until it fits; 0: any size
};

/// Reads JPEG, PNG and WebP; writes as its encoding says. Immutable; any thread.
class Codec final : public PictureCodec {
 public:
  explicit Codec(const Encoding& encoding) : encoding_(encoding) {}
  Pixels Decode(const Payload& bytes) const override;
  /// Throws what names Reencode's key where it cannot be made to fit.
  Payload Encode(const Pixels& pixels) const override;

 private:
  const Encoding encoding_;
};

/// For pictures that stay of the format that they came in.
std::shared_ptr<const Codec> CodecOf(media::ImageFormat format);

}  // namespace framespool::picture_transforms
