#include "image_encoder.h"

#include <turbojpeg.h>

#include <cstring>
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

class JpegEncoder final : public ImageEncoder {
 public:
  explicit JpegEncoder(int quality) : quality_(quality), compressor_(tjInitCompress()) {
    if (!compressor_) throw std::runtime_error(std::string("libjpeg-turbo does not start: ") + tjGetErrorStr());
  }

  Payload Encode(const cv::Mat& bgr) override {
    // The worst case is several times a usual JPEG, so the record gets a copy of the right size and this buffer stays.
    unsigned long size = tjBufSize(bgr.cols, bgr.rows, TJSAMP_420);
    if (size > capacity_) {
      buffer_ = std::make_unique_for_overwrite<unsigned char[]>(size);  // what no JPEG reaches never becomes memory
      capacity_ = size;
    }
    unsigned char* out = buffer_.get();
    const int status = tjCompress2(compressor_.get(), bgr.data, bgr.cols, static_cast<int>(bgr.step), bgr.rows,
                                   TJPF_BGR, &out, &size, TJSAMP_420, quality_, TJFLAG_NOREALLOC);
    if (status != 0) {
      throw std::runtime_error("libjpeg-turbo cannot encode a picture of " + std::to_string(bgr.cols) + "x" +
                               std::to_string(bgr.rows) + ": " + tjGetErrorStr2(compressor_.get()) +
                               "; set width to at most 65500");
    }
    return Copy(out, size);
  }

  const char* content_type() const noexcept override { return "image/jpeg"; }

 private:
  struct Destroy {
    void operator()(void* handle) const { tjDestroy(handle); }
  };
  int quality_;
  std::unique_ptr<void, Destroy> compressor_;
  std::unique_ptr<unsigned char[]> buffer_;
  unsigned long capacity_ = 0;
};

class PngEncoder final : public ImageEncoder {
 public:
  Payload Encode(const cv::Mat& bgr) override {
    // Without a level OpenCV uses zlib's run lengths only: a third of level 1's CPU for a quarter more bytes
    // (video_file_bench).
    cv::imencode(".png", bgr, buffer_);
    return Copy(buffer_.data(), buffer_.size());
  }

  const char* content_type() const noexcept override { return "image/png"; }

 private:
  std::vector<unsigned char> buffer_;
};

}  // namespace

std::unique_ptr<ImageEncoder> MakeJpegEncoder(int quality) { return std::make_unique<JpegEncoder>(quality); }
std::unique_ptr<ImageEncoder> MakePngEncoder() { return std::make_unique<PngEncoder>(); }

}  // namespace framespool::video_file
