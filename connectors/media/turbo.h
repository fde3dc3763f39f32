#pragma once

#include <turbojpeg.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "framespool/media/image.h"
#include "framespool/record.h"

// libjpeg-turbo's handles and buffers: for this room's own files.
namespace framespool::media {

struct TurboDeleter {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Turbo = std::unique_ptr<void, TurboDeleter>;

struct TurboFree {
  void operator()(unsigned char* bytes) const { tjFree(bytes); }
};
using TurboBytes = std::unique_ptr<unsigned char, TurboFree>;

inline const std::uint8_t* BytesOf(const Payload& image) {
  return reinterpret_cast<const std::uint8_t*>(image.bytes().data());
}

/// Pictures of cameras have few scans; one with hundreds is there to take time.
inline constexpr int kDecoding = TJFLAG_FASTDCT | TJFLAG_LIMITSCANS;

/// What libjpeg-turbo can make of a JPEG that is stored as `stored` while it decodes, at an eighth to eight eighths of
/// that: the smallest that is at least `width` wide when it stands; `lies` says that its rows then are columns.
ImageSize SmallestFor(const ImageSize& stored, int width, bool lies);

/// Of exactly the size that is needed: what encoders keep is several times that.
inline Payload CopyOf(const unsigned char* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  return Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

}  // namespace framespool::media
