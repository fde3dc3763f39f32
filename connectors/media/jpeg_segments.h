#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

namespace framespool::media {

/// Goes over the segments of a JPEG's head, up to its first scan. Views the bytes it was given; used by one thread.
class JpegSegments {
 public:
  static constexpr int kHuffmanTables = 0xc4;
  static constexpr int kEndOfImage = 0xd9;
  static constexpr int kStartOfScan = 0xda;
  static constexpr int kApp1 = 0xe1;
  static constexpr int kComment = 0xfe;

  explicit JpegSegments(std::span<const std::byte> jpeg) : bytes_(jpeg) {
    if (jpeg.size() < 4 || Number(0) != 0xff || Number(1) != kStartOfImage) next_ = jpeg.size();
  }

  /// To the next segment; false at the scan, at the end, where the head is broken, and for what is no JPEG.
  bool Next() {
    while (next_ + 4 <= bytes_.size()) {
      at_ = next_;
      if (Number(at_) != 0xff) return false;
      marker_ = Number(at_ + 1);
      if (marker_ == 0xff) {  // a byte of filling
        ++next_;
        continue;
      }
      // Markers without a segment.
      if (marker_ == 0x01 || (marker_ >= 0xd0 && marker_ <= kStartOfImage)) {
        next_ += 2;
        continue;
      }
      at_scan_ = marker_ == kStartOfScan;
      const auto length = static_cast<std::size_t>(Number(at_ + 2) << 8 | Number(at_ + 3));
      if (at_scan_ || marker_ == kEndOfImage || length < 2) return false;
      content_ = bytes_.subspan(at_ + 4, std::min(length - 2, bytes_.size() - at_ - 4));
      next_ = at_ + 2 + length;
      return true;
    }
    return false;
  }

  int marker() const noexcept { return marker_; }
  /// Without the marker and the length; shorter than that says where the bytes end before.
  std::span<const std::byte> content() const noexcept { return content_; }
  /// Whether it was the scan that ended the head, and where the scan's marker stands.
  bool at_scan() const noexcept { return at_scan_; }
  std::size_t at() const noexcept { return at_; }

 private:
  static constexpr int kStartOfImage = 0xd8;
  int Number(std::size_t at) const { return std::to_integer<int>(bytes_[at]); }

  std::span<const std::byte> bytes_;
  std::span<const std::byte> content_;
  std::size_t at_ = 0;
  std::size_t next_ = 2;
  int marker_ = 0;
  bool at_scan_ = false;
};

}  // namespace framespool::media
