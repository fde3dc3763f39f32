#include "frame_maker.h"

#include <iterator>
#include <map>
#include <new>
#include <span>
#include <utility>

#include "framespool/media/access_units.h"
#include "framespool/media/container.h"
#include "framespool/media/decoder.h"
#include "framespool/media/image.h"
#include "framespool/media/jpeg_head.h"
#include "framespool/media/picture_maker.h"
#include "lost_frames.h"
#include "rate_limit.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::camera {
namespace {

// Of a decoder: frames that wait in it for those before them in the order of showing.
constexpr std::size_t kMostWaiting = 64;

std::span<const std::byte> BytesOf(const AVPacket& packet) {
  return std::as_bytes(std::span(packet.data, static_cast<std::size_t>(packet.size)));
}

std::int64_t TimeOf(const Frame& frame) {
  if (frame.pts_us) return *frame.pts_us;
  return std::chrono::duration_cast<std::chrono::microseconds>(frame.arrival.steady.time_since_epoch()).count();
}

/// H.264 and H.265 as they come.
class CopiedUnits final : public FrameMaker {
 public:
  explicit CopiedUnits(const AVStream& stream) : units_(*stream.codecpar, stream.time_base), lost_(units_.codec()) {}

  std::vector<Frame> Make(const AVPacket& packet, Frame frame) override {
    auto unit = units_.Make(packet);
    if (!unit) return {};
    frame.broken = lost_.IsBroken(*unit);
    frame.bytes = std::move(unit->bytes);
    frame.codec = unit->codec;
    frame.is_key = unit->is_key;
    frame.width = unit->width;
    frame.height = unit->height;
    std::vector<Frame> frames;
    frames.push_back(std::move(frame));
    return frames;
  }

 private:
  media::AccessUnits units_;
  LostFrames lost_;
};

/// Motion JPEG as it comes.
class PassedPictures final : public FrameMaker {
 public:
  explicit PassedPictures(double fps) : limit_(fps) {}

  std::vector<Frame> Make(const AVPacket& packet, Frame frame) override {
    const auto bytes = BytesOf(packet);
    const auto head = media::ReadJpegHead(bytes);
    if (!head || !limit_.Passes(TimeOf(frame))) return {};
    frame.broken = !media::EndsWhole(bytes) || (packet.flags & AV_PKT_FLAG_CORRUPT) != 0;
    auto whole = head->has_huffman_tables ? std::vector<std::byte>(bytes.begin(), bytes.end())
                                          : media::WithStandardHuffmanTables(bytes, *head);
    std::vector<Frame> frames;
    if (auto passed = PassPicture(Payload(std::move(whole)), std::move(frame))) frames.push_back(std::move(*passed));
    return frames;
  }

 private:
  RateLimit limit_;
};

/// JPEGs of whatever FFmpeg decodes.
class MadePictures final : public FrameMaker {
 public:
  MadePictures(const AVStream& stream, const CameraConfig& config, const std::string& where)
      : decoder_(stream, 1, where),
        pictures_({.format = media::PictureOptions::Format::kJpeg,
                   .jpeg_quality = config.jpeg_quality,
                   .width = config.width}),
        limit_(config.fps) {}

  std::vector<Frame> Make(const AVPacket& packet, Frame frame) override {
    if (packet.pts != AV_NOPTS_VALUE) {
      while (waiting_.size() >= kMostWaiting) waiting_.erase(waiting_.begin());
      waiting_.insert_or_assign(packet.pts, frame);
    }
    Send(packet);
    std::vector<Frame> frames;
    while (const media::FramePtr decoded = decoder_.Receive()) {
      Frame made = Known(*decoded, frame);
      if (!limit_.Passes(TimeOf(made))) continue;
      const AVRational shape = decoded->sample_aspect_ratio;
      media::EncodedPicture picture =
          pictures_.Make(*decoded, {.turn = {}, .pixel_shape = shape.num > 0 && shape.den > 0 ? av_q2d(shape) : 1});
      made.broken = decoded->decode_error_flags != 0 || (decoded->flags & AV_FRAME_FLAG_CORRUPT) != 0;
      made.bytes = std::move(picture.bytes);
      made.content_type = picture.content_type;
      made.width = picture.width;
      made.height = picture.height;
      frames.push_back(std::move(made));
    }
    return frames;
  }

 private:
  void Send(const AVPacket& packet) {
    AVPacket* shared = av_packet_clone(&packet);
    if (shared == nullptr) throw std::bad_alloc();
    decoder_.Send(shared);
    av_packet_free(&shared);
  }

  /// What was known of the packet that the frame is from; of the newest one where the decoder does not say.
  Frame Known(const AVFrame& decoded, const Frame& newest) {
    const auto ticks = media::TicksOf(decoded);
    const auto found = ticks ? waiting_.find(*ticks) : waiting_.end();
    if (found == waiting_.end()) return newest;
    Frame frame = found->second;
    // In the order of showing there is but one time.
    frame.dts_us.reset();
    waiting_.erase(waiting_.begin(), std::next(found));
    return frame;
  }

  media::Decoder decoder_;
  media::PictureMaker pictures_;
  RateLimit limit_;
  std::map<std::int64_t, Frame> waiting_;  // by pts, without their bytes
};

}  // namespace

std::optional<Frame> PassPicture(Payload bytes, Frame frame) {
  const auto type = media::SniffImage(bytes.bytes());
  const auto size = media::SizeOf(bytes);
  if (type.empty() || !size) return std::nullopt;
  frame.content_type = type;
  frame.width = size->width;
  frame.height = size->height;
  frame.bytes = std::move(bytes);
  return frame;
}

std::unique_ptr<FrameMaker> MakerFor(const AVStream& stream, const CameraConfig& config, const InputAddress& address) {
  const AVCodecParameters& codec = *stream.codecpar;
  if (codec.codec_id == AV_CODEC_ID_MJPEG && (config.video == VideoForm::kCopy || config.width == 0))
    return std::make_unique<PassedPictures>(config.video == VideoForm::kJpeg ? config.fps : 0);
  if (config.video == VideoForm::kJpeg) {
    try {
      return std::make_unique<MadePictures>(stream, config, address.shown);
    } catch (const media::NoVideo&) {
      throw CameraAway(address, "camera-codec",
                       std::string("sends ") + avcodec_get_name(codec.codec_id) +
                           ", which FFmpeg cannot decode here; choose H.264 or Motion JPEG in the camera's settings");
    }
  }
  if (media::VideoCodecOf(codec)) return std::make_unique<CopiedUnits>(stream);
  throw CameraAway(
      address, "camera-codec",
      std::string("sends ") + avcodec_get_name(codec.codec_id) +
          ", which a topic cannot hold as it is; set video = jpeg, or choose H.264, H.265 or Motion JPEG in "
          "the camera's settings");
}

}  // namespace framespool::camera
