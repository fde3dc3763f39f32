#include "image_encoder.h"

#include <turbojpeg.h>

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

Payload JpegEncoder::Encode(const Planes& planes) {
  // The worst case is several times a usual JPEG, so the record gets a copy of the right size and this buffer stays.
  unsigned long size = tjBufSize(planes.width, planes.height, TJSAMP_420);
  if (size > capacity_) {
    buffer_ = std::make_unique_for_overwrite<unsigned char[]>(size);  // what no JPEG reaches never becomes memory
    capacity_ = size;
  }
  unsigned char* out = buffer_.get();
  std::array<const unsigned char*, 3> data = planes.data;
  const int status = tjCompressFromYUVPlanes(compressor_.get(), data.data(), planes.width, planes.stride.data(),
                                             planes.height, TJSAMP_420, &out, &size, quality_, TJFLAG_NOREALLOC);
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
