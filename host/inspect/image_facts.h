#pragma once

#include <optional>
#include <span>
#include <string>

namespace framespool::inspect {

/// What the head of an image file tells.
struct ImageFacts {
  std::string content_type;
  int width = 0;
  int height = 0;
};

/// Of a JPEG, PNG or WebP; nothing when `bytes` are none of these. Decodes no picture.
std::optional<ImageFacts> LookAtImage(std::span<const std::byte> bytes);

}  // namespace framespool::inspect
