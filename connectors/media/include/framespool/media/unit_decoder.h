#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "framespool/media/decoder.h"
#include "framespool/media/video_record.h"

struct AVCodecContext;
struct AVPacket;

namespace framespool::media {

/// Decodes access units as topics hold them, beginning with a key frame, on the thread that calls it. A frame comes as
/// soon as no other can be shown before it. Used by one thread.
class UnitDecoder {
 public:
  /// What the largest level of either codec allows (MaxLumaPs of H.265, level 6.2).
  static constexpr std::int64_t kMostPixels = 35'651'584;

  struct Decoded {
    std::int64_t tag = 0;  // that of its access unit
    FramePtr frame;
    bool damaged = false;  // parts of it are made up
  };

  /// Throws std::runtime_error when libavcodec has no such decoder.
  explicit UnitDecoder(VideoCodec codec);
  ~UnitDecoder();
  UnitDecoder(const UnitDecoder&) = delete;
  UnitDecoder& operator=(const UnitDecoder&) = delete;

  /// The next access unit in the order of decoding; all frames that are ready have been received before. A hidden one
  /// gives no frame. False: it cannot be decoded, and others may still be.
  bool Send(std::span<const std::byte> unit, std::int64_t tag, bool hidden);
  /// No more come: Receive() gives what is held back, and behind that the next to send is a key frame.
  void End();
  /// The next frame in the order of showing.
  std::optional<Decoded> Receive();

 private:
  struct FreeContext {
    void operator()(AVCodecContext* context) const;
  };
  struct FreePacket {
    void operator()(AVPacket* packet) const;
  };
  std::unique_ptr<AVCodecContext, FreeContext> context_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  bool gave_frame_ = false;
  bool ending_ = false;
};

}  // namespace framespool::media
