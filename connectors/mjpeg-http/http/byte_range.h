#pragma once

#include <cstdint>
#include <string_view>

namespace framespool::mjpeg {

/// What of a body is asked for, and the status of the answer: 200 with all of it, 206 with a part, 416 with none.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  int status = 200;

  bool is_part() const noexcept { return status == 206; }
  bool is_none() const noexcept { return status == 416; }
};

/// By the header Range (RFC 9110, 14.2) of a request for `size` bytes. What is no range of bytes, or several, asks for
/// all.
ByteRange ByteRangeOf(std::string_view header, std::uint64_t size);

}  // namespace framespool::mjpeg
