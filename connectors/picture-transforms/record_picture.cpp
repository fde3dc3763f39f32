#include "record_picture.h"

#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

#include <framespool/media/image.h>

#include "codec.h"

namespace framespool::picture_transforms {
namespace {

/// Keeps the memory of pixels that this library has put into a record.
struct Keeper {
  cv::Mat pixels;                     // counts its memory itself, or is a view of what `owner` keeps
  std::shared_ptr<const void> owner;  // null: the former
  bool writable = false;
  void operator()(const void* /*bytes*/) const {}
};

/// Whether nobody but the one who holds `owner` sees the pixels, and they may be written.
bool IsNobodyElses(const std::shared_ptr<const void>& owner) {
  if (owner.use_count() != 1) return false;
  const auto* keeper = std::get_deleter<Keeper>(owner);
  if (keeper == nullptr) return false;
  if (keeper->owner == nullptr) return keeper->pixels.u != nullptr && keeper->pixels.u->refcount == 1;
  if (!keeper->writable) return false;
  // At the end of the row stands what the decoder made.
  return std::get_deleter<Keeper>(keeper->owner) == nullptr ? keeper->owner.use_count() == 1
                                                            : IsNobodyElses(keeper->owner);
}

bool IsOurs(const std::shared_ptr<const void>& owner) {
  const auto* keeper = std::get_deleter<Keeper>(owner);
  return keeper != nullptr && (keeper->owner == nullptr || keeper->writable);
}

cv::Mat MatOf(const Pixels& pixels) {
  const int type = pixels.format == Pixels::Format::kGray8 ? CV_8UC1 : CV_8UC3;
  const Pixels::Plane& plane = pixels.planes.front();
  // cv::Mat has no read-only kind.
  return {pixels.height, pixels.width, type, const_cast<std::byte*>(plane.bytes.data()), plane.stride};
}

Pixels PixelsOf(const cv::Mat& mat, std::shared_ptr<const void> owner) {
  const std::size_t row = static_cast<std::size_t>(mat.cols) * mat.elemSize();
  const std::size_t size = mat.step * static_cast<std::size_t>(mat.rows - 1) + row;
  return {.format = mat.channels() == 1 ? Pixels::Format::kGray8 : Pixels::Format::kBgr8,
          .width = mat.cols,
          .height = mat.rows,
          .planes = {{std::as_bytes(std::span(mat.data, size)), mat.step}},
          .owner = std::move(owner)};
}

}  // namespace

void SetHeader(Headers& headers, std::string_view key, const std::string& value) {
  const auto is_it = [&](const Header& header) { return header.key == key; };
  const auto first = std::find_if(headers.begin(), headers.end(), is_it);
  if (first == headers.end()) {
    headers.push_back({std::string(key), value});
    return;
  }
  first->value = value;
  headers.erase(std::remove_if(first + 1, headers.end(), is_it), headers.end());
}

RecordPicture::RecordPicture(const char* transform, const RecordRef& record)
    : transform_(transform), record_(record), picture_(record.value.picture()) {
  if (picture_) {
    size_ = {picture_->width(), picture_->height()};
    content_type_ = picture_->content_type();
    codec_ = picture_->codec();
    return;
  }
  if (record.value.data()) RefuseValue("structured data");
  bytes_ = record.value.payload();
  const std::string_view type = media::SniffImage(bytes_.bytes());
  const auto format = media::FormatOf(type);
  const std::string bytes = std::to_string(bytes_.size()) + " bytes";
  if (!format) {
    const auto said = FindHeader(record.headers, "content-type");
    RefuseValue(bytes + " of something else" +
                (said ? ", which its header content-type calls " + std::string(said->substr(0, 100)) : ""));
  }
  content_type_ = type;
  const auto size = media::SizeOf(bytes_);
  if (!size) RefuseValue(bytes + " of " + content_type_ + " whose head does not say how large the picture is");
  if (std::int64_t{size->width} * size->height > media::kMostImagePixels) {
    RefuseValue("a picture of " + std::to_string(size->width) + "x" + std::to_string(size->height) +
                " pixels, and those of more than " + std::to_string(media::kMostImagePixels / 1'000'000) +
                " megapixels are not decoded");
  }
  size_ = {size->width, size->height};
  codec_ = CodecOf(*format);
}

void RecordPicture::RefuseValue(const std::string& what) const {
  throw DataError(std::string(transform_) + " wants a record whose value is a picture (JPEG, PNG or WebP), but it is " +
                  what);
}

cv::Mat RecordPicture::Decoded(Pixels pixels) {
  owner_ = std::move(pixels.owner);
  writable_ = true;
  return MatOf(pixels);
}

cv::Mat RecordPicture::Read(int width) {
  if (picture_) {
    const Pixels& pixels = picture_->pixels();
    if (pixels.format == Pixels::Format::kYuv420) RefuseValue("one in planes of luma and colour");
    owner_ = pixels.owner;
    writable_ = IsOurs(owner_);
    return MatOf(pixels);
  }
  auto pixels = media::DecodeImage(bytes_, width);
  if (!pixels) RefuseValue("of " + content_type_ + " and cannot be decoded; is it cut off or damaged?");
  return Decoded(std::move(*pixels));
}

cv::Mat RecordPicture::ReadGray(int width) {
  if (picture_) return Read();
  auto pixels = media::DecodeGray(bytes_, width);
  if (!pixels) RefuseValue("of " + content_type_ + " and cannot be decoded; is it cut off or damaged?");
  return Decoded(std::move(*pixels));
}

cv::Mat RecordPicture::Edit() {
  if (!picture_) return Read();
  cv::Mat pixels = Read();
  owner_.reset();
  // The record and this have the picture.
  if (picture_.use_count() > 2 || !IsNobodyElses(picture_->pixels().owner)) return pixels.clone();
  owner_ = picture_->pixels().owner;
  return pixels;
}

void RecordPicture::Put(const cv::Mat& pixels) { Put(pixels, content_type_, codec_); }

void RecordPicture::Put(const cv::Mat& pixels, const std::string& content_type,
                        std::shared_ptr<const PictureCodec> codec) {
  Keeper keeper{.pixels = pixels, .owner = nullptr, .writable = true};
  if (pixels.u == nullptr) {
    keeper.owner = owner_;
    keeper.writable = writable_;
  }
  const std::shared_ptr<const void> owner(pixels.data, std::move(keeper));
  record_.value = std::make_shared<const Picture>(PixelsOf(pixels, owner), content_type, std::move(codec));
  SetHeader(record_.headers, "framespool.width", std::to_string(pixels.cols));
  SetHeader(record_.headers, "framespool.height", std::to_string(pixels.rows));
  SetHeader(record_.headers, "content-type", content_type);
}

}  // namespace framespool::picture_transforms
