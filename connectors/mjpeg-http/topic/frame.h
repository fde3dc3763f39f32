#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framespool/media/fragmented_mp4.h"
#include "framespool/record.h"

namespace framespool::mjpeg {

/// The offset of the next record wanted from each partition of the topic.
using Position = std::vector<std::int64_t>;

/// Frames that lie further apart have a gap between them: nothing was there at a moment of it, and players pass over
/// it.
inline constexpr std::chrono::seconds kLeastGap{2};

/// Which frame, and when it was recorded; without its bytes.
struct FrameId {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp;
};

/// One picture on its way to viewers: the record's bytes and the multipart text around them, made once and shared by
/// every viewer that gets it. Immutable.
struct Frame {
  FrameId id;
  std::optional<std::int64_t> pts_us;  // where in its video the frame stands
  std::optional<std::string> key;
  bool fresh = false;    // was the newest of the topic when it was read
  bool awaited = false;  // fresh, and its reader had read all there was before it: it is no end of a backlog
  std::chrono::steady_clock::time_point recorded_at;  // `id.timestamp` on the clock that times what is sent
  std::chrono::steady_clock::time_point read_at;
  std::chrono::steady_clock::time_point captured_at;  // the same of when it was taken, as far as the record says so
  Payload image;
  std::string content_type;
  std::string first_header;   // framing=boundary: ends the part header that the stream's preamble began
  std::string next_boundary;  // framing=boundary: follows the image and opens the next part, so that a browser shows it
  std::string length_header;  // framing=length: the whole header of this part, with the line break before it
  bool decoded = false;       // an access unit's
  bool run_up = false;        // stands before what was asked for, which cannot be shown without it
  // Of /video `image` is a fragment of an MP4:
  std::shared_ptr<const media::Mp4Start> start;  // what has to have come before it
  bool begins = false;                           // a viewer can begin with it
  media::VideoCodec codec = media::VideoCodec::kH264;
  std::string_view placed;  // it, and the box in front that says which record it is, in one piece
  std::string_view chunk;   // the same piece with what makes a chunk of it (HTTP/1.1) at its ends
  std::string_view joined;  // length_header, image and next_boundary in one piece; empty where they are apart
};
using FramePtr = std::shared_ptr<const Frame>;

inline constexpr std::string_view kBoundaryName = "framespool";
/// What a stream's body starts with: known before any frame is.
inline constexpr std::string_view kPreamble = "--framespool\r\n";
/// What follows the last boundary of a body that has an end.
inline constexpr std::string_view kBodyEnd = "--\r\n";
/// framing=length: follows each image.
inline constexpr std::string_view kLengthTail = "\r\n--framespool\r\n";

/// Null when the record is not an image.
FramePtr MakeFrame(const SinkRecord& record, bool fresh = false, bool awaited = false);
/// The access unit of `record` as a fragment of what `mp4` makes; null where it is none, or the first key frame is
/// still to come.
std::shared_ptr<Frame> MakeFragment(const SinkRecord& record, media::FragmentedMp4& mp4, bool fresh,
                                    bool awaited = false);
/// `frame` with all its bytes in one piece. For a crowd: the kernel takes one piece sooner than three, each time.
FramePtr InOnePiece(const Frame& frame);
/// `frame` with another picture of the same moment.
FramePtr WithImage(const Frame& frame, std::string content_type, Payload image);

/// The offsets of `records`; of `otherwise` where there is none.
Position OffsetsOf(const std::vector<std::optional<SinkRecord>>& records, Position otherwise);

/// True when `position` still lacks the frame `id`.
inline bool Lacks(const Position& position, const FrameId& id) {
  return id.offset >= position[static_cast<std::size_t>(id.partition)];
}

/// Moves `position` behind `id`; never backwards. True when it moved.
inline bool Pass(Position& position, const FrameId& id) {
  if (!Lacks(position, id)) return false;
  position[static_cast<std::size_t>(id.partition)] = id.offset + 1;
  return true;
}

}  // namespace framespool::mjpeg
