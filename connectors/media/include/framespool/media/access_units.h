#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "framespool/media/video_record.h"
#include "framespool/value.h"

struct AVBSFContext;
struct AVCodecContext;
struct AVCodecParameters;
struct AVCodecParserContext;
struct AVPacket;
struct AVRational;

namespace framespool::media {

/// Nothing when the stream is of another codec than a topic holds as access units.
std::optional<VideoCodec> VideoCodecOf(const AVCodecParameters& parameters);

/// All that one moment of a stream consists of, as a topic holds it: a byte stream (H.264 and H.265, Annex B) whose
/// start codes have four bytes each. A key frame has its parameter sets in front, so that a decoder can begin with it.
struct AccessUnit {
  Payload bytes;
  VideoCodec codec = VideoCodec::kH264;
  bool is_key = false;                 // who begins here gets this picture, and all that are shown behind it, whole
  bool hidden = false;                 // decoded for others' sake only (an edit list)
  bool broken = false;                 // the demuxer knows that a part is missing
  std::optional<std::int64_t> pts_us;  // the packet's own times
  std::optional<std::int64_t> dts_us;
  int width = 0;  // as shown, in pixels, by the SPS; 0 until there was one
  int height = 0;
};

/// Makes access units of the packets of one stream, whether a container had them as byte stream or behind their lengths
/// (avcC, hvcC), without decoding them. Remembers the parameter sets, those of the container and those on the way, for
/// key frames that come without. After a seek, or when the stream begins anew with other parameters, make another one.
/// Used by one thread.
class AccessUnits {
 public:
  /// `parameters` of an H.264 or H.265 stream, `time_base` of its packets. Throws std::invalid_argument for another
  /// codec, and std::runtime_error when libavcodec cannot begin.
  AccessUnits(const AVCodecParameters& parameters, const AVRational& time_base);
  ~AccessUnits();
  AccessUnits(const AccessUnits&) = delete;
  AccessUnits& operator=(const AccessUnits&) = delete;

  /// The packet stays as it is. Nothing when it holds no picture, or is too damaged to be taken apart.
  std::optional<AccessUnit> Make(const AVPacket& packet);

  VideoCodec codec() const noexcept { return codec_; }

 private:
  struct FreeFilter {
    void operator()(AVBSFContext* filter) const;
  };
  struct FreeContext {
    void operator()(AVCodecContext* context) const;
  };
  struct CloseParser {
    void operator()(AVCodecParserContext* parser) const;
  };
  struct FreePacket {
    void operator()(AVPacket* packet) const;
  };

  void Begin(const AVCodecParameters& parameters);
  bool ToByteStream(const AVPacket& packet);
  void Remember(const std::vector<std::span<const std::byte>>& nals);
  bool knows_parameters() const;
  Payload Assemble(const std::vector<std::span<const std::byte>>& nals, bool key);
  void ReadSize(AccessUnit& unit);

  const VideoCodec codec_;
  const std::unique_ptr<AVRational> time_base_;
  std::unique_ptr<AVBSFContext, FreeFilter> to_byte_stream_;
  std::unique_ptr<AVCodecContext, FreeContext> context_;  // the parser's
  std::unique_ptr<AVCodecParserContext, CloseParser> parser_;
  std::unique_ptr<AVPacket, FreePacket> packet_;                    // what to_byte_stream_ made
  std::map<std::uint32_t, std::vector<std::byte>> parameter_sets_;  // by ParameterSetKey()
};

}  // namespace framespool::media
