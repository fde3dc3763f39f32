#pragma once

#include <limits>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

#include <framespool/errors.h>
#include <framespool/transform.h>

namespace framespool::picture_transforms {

/// A record's value is no picture, or not one that can be made what is wanted.
class DataError : public Error {
 public:
  explicit DataError(const std::string& message) : Error(Problem{.message = message, .kind = "unusable-picture"}) {}
};

/// The picture in a record's value, as a transform meets it: bytes of a file, or pixels that a transform before it has
/// made. It reads no more than the head of a file until somebody asks for pixels. Lives during one Apply().
class RecordPicture {
 public:
  static constexpr int kWhole = std::numeric_limits<int>::max();

  /// `transform` is the class that asks, for sentences. Throws DataError when the value is no picture.
  RecordPicture(const char* transform, const RecordRef& record);

  /// As one looks at it, in pixels.
  cv::Size size() const noexcept { return size_; }
  const std::string& content_type() const noexcept { return content_type_; }

  // Each throws DataError when it cannot be decoded. One channel (gray) or three (BGR) of eight bits, upright.

  /// To be read only; at least `width` wide, so that a decoder may leave out work. Valid as long as this.
  cv::Mat Read(int width = kWhole);
  /// The same where colour does not matter: mostly one channel.
  cv::Mat ReadGray(int width = kWhole);
  /// To be written: a copy, unless the pixels are nobody else's.
  cv::Mat Edit();

  /// The record gets this picture, in the encoding that it came with, and the headers that say how large it is.
  /// `pixels` may be a part of what was read.
  void Put(const cv::Mat& pixels);
  /// The same in another encoding.
  void Put(const cv::Mat& pixels, const std::string& content_type, std::shared_ptr<const PictureCodec> codec);

 private:
  [[noreturn]] void RefuseValue(const std::string& what) const;
  cv::Mat Decoded(Pixels pixels);

  const char* const transform_;
  const RecordRef record_;
  const std::shared_ptr<const Picture> picture_;  // null: bytes_
  Payload bytes_;
  cv::Size size_;
  std::string content_type_;
  std::shared_ptr<const PictureCodec> codec_;
  std::shared_ptr<const void> owner_;  // of pixels that were read
  bool writable_ = false;              // they are in memory of this library
};

/// Replaces the headers of that name by one.
void SetHeader(Headers& headers, std::string_view key, const std::string& value);

}  // namespace framespool::picture_transforms
