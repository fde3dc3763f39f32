#include "framespool/media/image_encoder.h"

#include <png.h>
#include <turbojpeg.h>
#include <zlib.h>

#include <algorithm>
#include <csetjmp>
#include <exception>
#include <stdexcept>
#include <string>

#include "turbo.h"

namespace framespool::media {
namespace {

// libpng's errors come back to Encode() by longjmp, over no frame of C++ but these two, which hold nothing.
void Append(png_structp png, png_bytep bytes, std::size_t size) {
  auto& buffer = *static_cast<std::vector<unsigned char>*>(png_get_io_ptr(png));
  bool full = false;
  try {
    buffer.insert(buffer.end(), bytes, bytes + size);
  } catch (const std::exception&) {
    full = true;
  }
  if (full) png_error(png, "out of memory");
}

void SayNothing(png_structp, png_const_charp) {}

/// False where libpng cannot.
bool WritePng(const Pixels& pixels, std::vector<unsigned char>& buffer) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, SayNothing);
  png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  const bool gray = pixels.format == Pixels::Format::kGray8;
  png_set_write_fn(png, &buffer, Append, nullptr);
  // Run lengths only: a third of level 1's CPU for a quarter more bytes (video_file_bench).
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_set_compression_level(png, Z_BEST_SPEED);
  png_set_compression_strategy(png, Z_RLE);
  png_set_IHDR(png, info, static_cast<png_uint_32>(pixels.width), static_cast<png_uint_32>(pixels.height), 8,
               gray ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  if (!gray) png_set_bgr(png);
  const Pixels::Plane& plane = pixels.planes.front();
  for (int row = 0; row < pixels.height; ++row) {
    png_write_row(png,
                  reinterpret_cast<png_const_bytep>(plane.bytes.data()) + static_cast<std::size_t>(row) * plane.stride);
  }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return true;
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
  return CopyOf(out, size);
}

Payload PngEncoder::Encode(const Pixels& pixels) {
  buffer_.clear();
  if (!WritePng(pixels, buffer_)) {
    throw std::runtime_error("libpng cannot encode a picture of " + std::to_string(pixels.width) + "x" +
                             std::to_string(pixels.height) + "; set format to jpeg, or width to less");
  }
  return CopyOf(buffer_.data(), buffer_.size());
}

std::optional<Payload> EncodeJpeg(const Pixels& bgr, int quality) {
  const Turbo turbo(tjInitCompress());
  const Pixels::Plane& plane = bgr.planes.front();
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(turbo.get(), reinterpret_cast<const unsigned char*>(plane.bytes.data()), bgr.width,
                                 static_cast<int>(plane.stride), bgr.height, TJPF_BGR, &made, &size, TJSAMP_420,
                                 quality, TJFLAG_FASTDCT);
  const TurboBytes owner(made);
  return failed == 0 ? std::optional(CopyOf(made, size)) : std::nullopt;
}

}  // namespace framespool::media
