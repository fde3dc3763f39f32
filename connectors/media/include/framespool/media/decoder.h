#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

struct AVCodecContext;
struct AVFrame;
struct AVPacket;
struct AVStream;

namespace framespool::media {

struct FreeFrame {
  void operator()(AVFrame* frame) const;
};
using FramePtr = std::unique_ptr<AVFrame, FreeFrame>;
/// Throws std::bad_alloc.
FramePtr NewFrame();

/// To be called between the first frame that an ending decoder has given and the next. The one for H.264 calls a frame
/// whole when one that is shown earlier was, which it looks at as it goes, and not where it ends: behind the key frame
/// of an open group it would keep the last ones for itself (libavcodec/h264_picture.c, h264_slice.c).
void LetGoOfAll(AVCodecContext& ending);
/// The decoder begins anew: as it was before.
void BeginAnew(AVCodecContext& context);

/// What to say of a file whose pictures have more pixels than Decoder::kMostPixels, or nothing.
std::optional<std::string> TooManyPixels(const std::string& path, int width, int height);

/// The decoder of one video stream. It decodes on `threads` threads of its own and holds up to as many frames back.
/// Refuses pictures of more than kMostPixels. Used by one thread.
class Decoder {
 public:
  static constexpr std::int64_t kMostPixels = std::int64_t{1} << 26;

  /// Throws NoVideo when there is no decoder for it here; the words are for the file's owner, `path` is for them.
  Decoder(const AVStream& stream, int threads, const std::string& path);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  /// Takes a packet; null: there are no more. A packet that cannot be decoded is passed over.
  void Send(AVPacket* packet);
  /// The next frame in the order of showing; null when it needs another packet, or, after the last, when all are out.
  FramePtr Receive();
  /// True when all has been received.
  bool at_end() const noexcept { return at_end_; }
  /// Forgets what it holds, to go on elsewhere.
  void Flush();

 private:
  struct FreeContext {
    void operator()(AVCodecContext* context) const;
  };
  std::unique_ptr<AVCodecContext, FreeContext> context_;
  bool gave_frame_ = false;
  bool draining_ = false;
  bool at_end_ = false;
  int failures_ = 0;
};

/// The frame's time in ticks of its stream, and where its packet stands in the file, as far as they are known.
std::optional<std::int64_t> TicksOf(const AVFrame& frame);
std::optional<std::int64_t> PlaceOf(const AVFrame& frame);

}  // namespace framespool::media
