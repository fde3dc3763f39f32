#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "frame_reader.h"
#include "frame_times.h"
#include "jpeg_packet.h"
#include "packet_reader.h"

namespace framespool::video_file {

/// The packets of a Motion JPEG file as they are: each is a picture already.
class PassedFrames final : public FrameReader {
 public:
  explicit PassedFrames(const std::string& path);

  bool Advance() override;
  Frame Picture() override;
  FrameTime time() const override { return scale_.At(packet_.pts); }
  std::string Check() override;
  bool SeekTo(std::int64_t index, const std::optional<FrameMark>& mark) override;
  std::optional<Expectation> expected() const override;
  const StreamFacts& facts() const noexcept override { return packets_.facts(); }
  double frame_us() const noexcept override { return scale_.frame_us(); }
  bool passes_through() const noexcept override { return true; }

 private:
  PacketReader packets_;
  TimeScale scale_;
  Packet packet_;
  JpegFacts jpeg_;
  std::int64_t packets_read_ = 0;
  std::int64_t hidden_ = 0;
};

}  // namespace framespool::video_file
