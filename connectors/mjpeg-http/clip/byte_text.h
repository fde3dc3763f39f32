#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace framespool::mjpeg {

/// Bytes of a file header, little-endian, one after the other.
class ByteText {
 public:
  ByteText& Tag(std::string_view text) { return bytes_ += text, *this; }
  ByteText& U16(std::uint64_t value) { return Number(value, 2); }
  ByteText& U32(std::uint64_t value) { return Number(value, 4); }
  ByteText& Zeros(std::size_t count) { return bytes_.append(count, '\0'), *this; }

  const std::string& text() const { return bytes_; }
  std::string Take() { return std::move(bytes_); }

 private:
  ByteText& Number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xFF);
    return *this;
  }
  std::string bytes_;
};

}  // namespace framespool::mjpeg
