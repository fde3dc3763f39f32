#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "framespool/errors.h"

namespace framespool {

/// Immutable bytes. Copying a Payload shares the bytes, it never copies them. Safe to hand to any thread; the bytes
/// live as long as the last copy.
class Payload {
 public:
  Payload() = default;

  explicit Payload(std::vector<std::byte> bytes)
      : Payload(std::make_shared<const std::vector<std::byte>>(std::move(bytes))) {}

  /// Views bytes that live as long as `owner`, e.g. a librdkafka message.
  Payload(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return bytes_.size(); }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  const std::shared_ptr<const void>& owner() const noexcept { return owner_; }

 private:
  explicit Payload(std::shared_ptr<const std::vector<std::byte>> owned) : owner_(owned), bytes_(*owned) {}

  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

/// A Payload that owns a copy of `text`.
inline Payload TextPayload(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

/// Decoded pixels: plain memory that others may wrap (e.g. in a cv::Mat), alive as long as `owner`. Immutable.
struct Pixels {
  enum class Format { kGray8, kBgr8, kYuv420 };  // one plane; one plane; Y, U and V
  struct Plane {
    std::span<const std::byte> bytes;  // rows from the top down
    std::size_t stride = 0;            // bytes from one row to the next
  };
  Format format = Format::kBgr8;
  int width = 0;
  int height = 0;
  std::vector<Plane> planes{};
  std::shared_ptr<const void> owner{};
};

/// Makes either form of a picture from the other. Whoever makes a Picture supplies one, so that the SDK and the worker
/// need no codec. Called from any thread, also from several at once. Throws std::runtime_error, in a sentence, for what
/// cannot be decoded or encoded.
class FRAMESPOOL_EXPORT PictureCodec {
 public:
  virtual ~PictureCodec() = default;
  virtual Pixels Decode(const Payload& bytes) const = 0;
  virtual Payload Encode(const Pixels& pixels) const = 0;
};

/// One picture: bytes of a content type, pixels, or both. The form that is missing is made when it is first asked for,
/// once for all who hold the picture, and kept. Any thread; who asks while it is being made waits for that. A codec
/// that throws is asked again by the next one.
class Picture {
 public:
  /// `width` and `height` in pixels, as the head of `bytes` says.
  Picture(Payload bytes, std::string content_type, int width, int height, std::shared_ptr<const PictureCodec> codec)
      : content_type_(std::move(content_type)),
        width_(width),
        height_(height),
        codec_(std::move(codec)),
        bytes_(std::move(bytes)) {}
  /// `content_type` is that of the bytes that `codec` makes.
  Picture(Pixels pixels, std::string content_type, std::shared_ptr<const PictureCodec> codec)
      : content_type_(std::move(content_type)),
        width_(pixels.width),
        height_(pixels.height),
        codec_(std::move(codec)),
        pixels_(std::move(pixels)) {}

  const std::string& content_type() const noexcept { return content_type_; }
  int width() const noexcept { return width_; }
  int height() const noexcept { return height_; }
  /// For who makes another picture of this one, to be written in the same way.
  const std::shared_ptr<const PictureCodec>& codec() const noexcept { return codec_; }

  Payload bytes() const {
    const std::lock_guard lock(mutex_);
    if (!bytes_) bytes_ = codec_->Encode(*pixels_);
    return *bytes_;
  }
  /// Valid as long as the picture.
  const Pixels& pixels() const {
    const std::lock_guard lock(mutex_);
    if (!pixels_) pixels_ = codec_->Decode(*bytes_);
    return *pixels_;
  }

 private:
  const std::string content_type_;
  const int width_;
  const int height_;
  const std::shared_ptr<const PictureCodec> codec_;
  mutable std::mutex mutex_;
  mutable std::optional<Payload> bytes_;
  mutable std::optional<Pixels> pixels_;
};

struct Data;

/// The value of a record: null (in a compacted topic a tombstone, which is not the same as no bytes), bytes, a picture,
/// or structured data. Topics hold null and bytes: the worker makes bytes of the others before it writes a record.
/// Copying a Value shares what it holds. Safe to hand to any thread.
class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) noexcept {}                                                       // NOLINT(*-explicit-*)
  Value(Payload bytes) noexcept : holds_(std::move(bytes)) {}                             // NOLINT(*-explicit-*)
  Value(std::shared_ptr<const Picture> picture) noexcept : holds_(std::move(picture)) {}  // NOLINT(*-explicit-*)
  Value(std::shared_ptr<const Data> data) noexcept : holds_(std::move(data)) {}           // NOLINT(*-explicit-*)

  bool is_null() const noexcept { return std::holds_alternative<std::monostate>(holds_); }
  /// The picture, or the data, that it holds; null when it holds something else.
  std::shared_ptr<const Picture> picture() const { return Held<std::shared_ptr<const Picture>>(); }
  std::shared_ptr<const Data> data() const { return Held<std::shared_ptr<const Data>>(); }

  /// The bytes, shared; of a picture those that it has or that its codec makes now; none of null. Throws
  /// std::logic_error for structured data, which has no bytes before a converter has made some.
  Payload payload() const {
    if (const auto* bytes = std::get_if<Payload>(&holds_)) return *bytes;
    if (const auto picture = this->picture()) return picture->bytes();
    if (!is_null()) throw std::logic_error("structured data has no bytes before a converter has made some");
    return {};
  }
  /// Views of payload(), valid as long as the value is neither changed nor gone.
  std::span<const std::byte> bytes() const {
    const auto* bytes = std::get_if<Payload>(&holds_);
    return bytes != nullptr ? bytes->bytes() : payload().bytes();
  }
  std::size_t size() const { return bytes().size(); }
  std::string_view text() const {
    const auto all = bytes();
    return {reinterpret_cast<const char*>(all.data()), all.size()};
  }

 private:
  template <class T>
  T Held() const {
    const auto* held = std::get_if<T>(&holds_);
    return held != nullptr ? *held : T();
  }

  std::variant<std::monostate, Payload, std::shared_ptr<const Picture>, std::shared_ptr<const Data>> holds_;
};

}  // namespace framespool
