#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace framespool::mjpeg {

/// Takes a body in chunks (RFC 9112, 7.1) apart as it comes.
class ChunkedBody {
 public:
  /// Puts what of `bytes` is a body's behind `body`.
  void Take(std::string_view bytes, std::string& body) {
    raw_ += bytes;
    while (!broken_ && !whole_) {
      if (!size_ && !TakeHead()) return;
      const std::size_t got = std::min(left_, raw_.size());
      body.append(raw_, 0, got);
      raw_.erase(0, got);
      left_ -= got;
      if (left_ > 0 || raw_.size() < 2) return;
      broken_ = !raw_.starts_with("\r\n");
      raw_.erase(0, 2);
      whole_ = *size_ == 0;
      if (!whole_) sizes_.push_back(*size_);
      size_.reset();
    }
    broken_ |= !raw_.empty();
  }
  /// The last chunk has come, and nothing behind it.
  bool whole() const { return whole_ && !broken_; }
  bool broken() const { return broken_; }
  /// Of the chunks that have come whole.
  const std::vector<std::size_t>& sizes() const { return sizes_; }

 private:
  bool TakeHead() {
    const auto end = raw_.find("\r\n");
    if (end == std::string::npos) return false;
    std::size_t size = 0;
    const auto [last, error] = std::from_chars(raw_.data(), raw_.data() + end, size, 16);
    broken_ = error != std::errc() || last != raw_.data() + end;
    if (broken_) return false;
    raw_.erase(0, end + 2);
    size_ = left_ = size;
    return true;
  }

  std::string raw_;
  std::optional<std::size_t> size_;  // of the chunk that is coming
  std::size_t left_ = 0;
  std::vector<std::size_t> sizes_;
  bool whole_ = false;
  bool broken_ = false;
};

}  // namespace framespool::mjpeg
