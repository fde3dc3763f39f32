#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream_client.h"

namespace framespool::mjpeg {

/// Reads a body of /video as it comes, box by box.
class VideoClient {
 public:
  explicit VideoClient(std::uint16_t port, const std::string& query = {}, int receive_buffer = 0)
      : client_(port, "/video" + query, receive_buffer) {}

  std::string Head() { return client_.Head(); }
  /// Reads until `count` fragments more are there whole; false when they do not come.
  bool Read(std::size_t count) {
    for (; count > 0; --count) {
      while (true) {
        const auto box = NextBox();
        if (!box) return false;
        if (*box == "mdat") {
          ends_.push_back(body.size());
          break;
        }
        if (*box == "moov") ++starts;
        if (*box == "uuid") places.push_back(PlaceIn(std::string_view(body).substr(body.size() - 60)));
      }
    }
    return true;
  }
  /// Reads what still comes; false when the connection does not end.
  bool ReadToEnd() {
    while (client_.More(Clock::now() + kPatience)) {
    }
    return client_.ended();
  }
  const ChunkedBody& chunks() const { return client_.chunks(); }
  /// Of what was read: nothing ends or begins within a fragment.
  bool EachChunkIsAFragment() const {
    const auto& sizes = client_.chunks().sizes();
    std::size_t end = 0;
    for (std::size_t i = 0; i < std::min(sizes.size(), ends_.size()); ++i) {
      end += sizes[i];
      if (end != ends_[i]) return false;
    }
    return sizes.size() + 1 >= ends_.size();  // the end of the last one may still come
  }
  /// What the box before a fragment says of it.
  struct Place {
    std::int64_t partition, offset, milliseconds, decoded_us, shown_us;
  };
  /// All that was read.
  std::string body;
  int starts = 0;
  std::vector<Place> places;

 private:
  static Place PlaceIn(std::string_view box) {
    const auto number = [&](std::size_t at, std::size_t size) {
      std::int64_t value = 0;
      for (std::size_t i = at; i < at + size; ++i) value = value << 8 | static_cast<unsigned char>(box[i]);
      return value;
    };
    EXPECT_EQ(box.substr(4, 20), "uuidframespool-frame");
    return {number(24, 4), number(28, 8), number(36, 8), number(44, 8), number(52, 8)};
  }

  std::optional<std::string> NextBox() {
    const auto deadline = Clock::now() + kPatience;
    if (client_.Head().empty()) return std::nullopt;
    while (true) {
      const std::string_view left = std::string_view(client_.pending()).substr(taken_);
      if (left.size() >= 8) {
        std::size_t size = 0;
        for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<unsigned char>(left[static_cast<std::size_t>(i)]);
        if (left.size() >= size) {
          taken_ += size;
          body += left.substr(0, size);
          return std::string(left.substr(4, 4));
        }
      }
      if (!client_.More(deadline)) return std::nullopt;
    }
  }

  StreamClient client_;
  std::size_t taken_ = 0;
  std::vector<std::size_t> ends_;  // of the fragments in `body`
};

}  // namespace framespool::mjpeg
