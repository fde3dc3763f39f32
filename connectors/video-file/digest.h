#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>

namespace framespool::video_file {

/// A 64-bit digest of what it was given, to know a picture again; FNV-1a over words. Not for secrets.
class Digest {
 public:
  void Add(std::span<const std::byte> bytes) {
    for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), sizeof word);
      Mix(word);
    }
    for (const std::byte byte : bytes) Mix(std::to_integer<std::uint64_t>(byte));
  }

  std::string Text(const char* kind) const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value_ ^ value_ >> 29));
    return std::string(kind) + ":" + text;
  }

 private:
  void Mix(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x100000001b3ULL;
    value_ ^= value_ >> 32;
  }

  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace framespool::video_file
