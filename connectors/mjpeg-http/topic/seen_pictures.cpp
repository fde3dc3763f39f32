#include "topic/seen_pictures.h"

#include <utility>

extern "C" {
#include <libavutil/frame.h>
}

namespace framespool::mjpeg {

namespace {

std::size_t BytesOf(const UnitPicture& picture) {
  std::size_t bytes = 0;
  for (const AVBufferRef* buffer : picture.frame->buf) bytes += buffer != nullptr ? buffer->size : 0;
  return bytes;
}

}  // namespace

void SeenPictures::Keep(UnitPicture picture, std::int64_t looked_at) {
  used_at_ = std::chrono::steady_clock::now();
  const std::int64_t offset = picture.record.offset;
  const auto [place, is_new] = pictures_.try_emplace(offset, std::move(picture));
  if (!is_new) return;
  bytes_ += BytesOf(place->second);
  while (bytes_ > kMostBytes) {
    const auto first = pictures_.begin(), last = std::prev(pictures_.end());
    const auto furthest = looked_at - first->first > last->first - looked_at ? first : last;
    bytes_ -= BytesOf(furthest->second);
    pictures_.erase(furthest);
  }
}

const UnitPicture* SeenPictures::Find(std::int64_t offset) {
  const auto found = pictures_.find(offset);
  if (found == pictures_.end()) return nullptr;
  used_at_ = std::chrono::steady_clock::now();
  return &found->second;
}

void SeenPictures::Clear() {
  pictures_.clear();
  bytes_ = 0;
}

}  // namespace framespool::mjpeg
