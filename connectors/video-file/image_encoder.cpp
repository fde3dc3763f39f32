#include "image_encoder.h"

#include <turbojpeg.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <stdexcept>
#include <string>

namespace framespool::video_file {
namespace {

Payload Copy(const unsigned char* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  return Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

}  // namespace

void JpegEncoder::Destroy::operator()(void* handle) const { tjDestroy(handle); }

JpegEncoder::JpegEncoder(int quality) : quality_(quality), compressor_(tjInitCompress()) {
  if (!compressor_) throw std::runtime_error(std::string("libjpeg-turbo does not start: ") + tjGetErrorStr());
}

/// Luma of an even width and height, the last pixels repeated. libjpeg-turbo reads planes of that size and repeats what
/// stands there, and behind an odd one stands anything.
const std::uint8_t* JpegEncoder::PadLuma(const Planes& planes) {
  const auto width = static_cast<std::size_t>(planes.width);
  const auto stride = width + width % 2;
  const int rows = planes.height + planes.height % 2;
  padded_luma_.resize(stride * static_cast<std::size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    const int from_row = std::min(row, planes.height - 1);
    const std::uint8_t* from = planes.data[0] + static_cast<std::ptrdiff_t>(from_row) * planes.stride[0];
    std::uint8_t* to = padded_luma_.data() + static_cast<std::size_t>(row) * stride;
    std::copy_n(from, width, to);
    to[stride - 1] = from[width - 1];
  }
  return padded_luma_.data();
}

Payload JpegEncoder::Encode(const Planes& planes) {
  // The worst case is several times a usual JPEG, so the record gets a copy of the right size and this buffer stays.
  unsigned long size = tjBufSize(planes.width, planes.height, TJSAMP_420);
  if (size > capacity_) {
    buffer_ = std::make_unique_for_overwrite<unsigned char[]>(size);  // what no JPEG reaches never becomes memory
    capacity_ = size;
  }
  unsigned char* out = buffer_.get();
  std::array<const unsigned char*, 3> data = planes.data;
  std::array<int, 3> stride = planes.stride;
  if (planes.width % 2 != 0 || planes.height % 2 != 0) {
    data[0] = PadLuma(planes);
    stride[0] = planes.width + planes.width % 2;
  }
  const int status = tjCompressFromYUVPlanes(compressor_.get(), data.data(), planes.width, stride.data(), planes.height,
                                             TJSAMP_420, &out, &size, quality_, TJFLAG_NOREALLOC);
  if (status != 0) {
    throw std::runtime_error("libjpeg-turbo cannot encode a picture of " + std::to_string(planes.width) + "x" +
                             std::to_string(planes.height) + ": " + tjGetErrorStr2(compressor_.get()) +
                             "; set width to at most 65500");
  }
  return Copy(out, size);
}

Payload PngEncoder::Encode(const cv::Mat& bgr) {
  // Without a level OpenCV uses zlib's run lengths only: a third of level 1's CPU for a quarter more bytes
  // (video_file_bench).
  cv::imencode(".png", bgr, buffer_);
  return Copy(buffer_.data(), buffer_.size());
}

}  // namespace framespool::video_file
