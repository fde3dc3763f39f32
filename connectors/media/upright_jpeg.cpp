#include <turbojpeg.h>

#include <array>
#include <limits>
#include <optional>

#include "framespool/media/image.h"
#include "framespool/media/image_encoder.h"
#include "framespool/media/turn.h"
#include "turbo.h"

namespace framespool::media {
namespace {

constexpr int kQuality = 95;

int OperationOf(const Turn& turn) {
  static constexpr std::array<int, 8> kOperations = {TJXOP_NONE,      TJXOP_VFLIP,  TJXOP_HFLIP, TJXOP_ROT180,
                                                     TJXOP_TRANSPOSE, TJXOP_ROT270, TJXOP_ROT90, TJXOP_TRANSVERSE};
  return kOperations[(turn.transpose ? 4U : 0U) + (turn.flip_x ? 2U : 0U) + (turn.flip_y ? 1U : 0U)];
}

std::optional<Payload> TurnLossless(const Payload& image, const Turn& turn) {
  const Turbo turbo(tjInitTransform());
  tjtransform wish{};
  wish.op = OperationOf(turn);
  wish.options = TJXOPT_PERFECT | TJXOPT_COPYNONE;
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int failed = tjTransform(turbo.get(), BytesOf(image), image.size(), 1, &made, &size, &wish, 0);
  const TurboBytes owner(made);
  return failed == 0 ? std::optional(CopyOf(made, size)) : std::nullopt;
}

}  // namespace

std::optional<Payload> UprightJpeg(const Payload& image) {
  if (SniffImage(image.bytes()) != "image/jpeg") return std::nullopt;
  const Turn turn = TurnOfImage(image.bytes());
  if (turn.none()) return std::nullopt;
  if (auto turned = TurnLossless(image, turn)) return turned;
  // Whose size is no multiple of its blocks has an edge that cannot be turned as it is.
  const auto pixels = DecodeImage(image, std::numeric_limits<int>::max());
  return pixels ? EncodeJpeg(*pixels, kQuality) : std::nullopt;
}

}  // namespace framespool::media
