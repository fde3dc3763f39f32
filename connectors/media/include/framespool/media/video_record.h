#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "framespool/record.h"

namespace framespool::media {

/// What a topic holds as access units. The values of its records, one behind the other from one whose sync_point is
/// SyncPoint::kHere, are a byte stream of H.264 or H.265 (Annex B) that players know.
enum class VideoCodec { kH264, kH265 };

/// "video/h264", "video/h265": the header content-type of a record.
const char* ContentTypeOf(VideoCodec codec);
/// Nothing when `content_type` is neither.
std::optional<VideoCodec> VideoCodecOf(std::string_view content_type);

/// What the headers of a record say of its access unit.
struct VideoFacts {
  VideoCodec codec = VideoCodec::kH264;
  std::int64_t gop = 0;                // records since the key frame; 0: this is one, and readers can begin here
  std::int64_t session = 0;            // of the connection, or the run through the file, that it is from; counts from 0
  std::int64_t pts_us = 0;             // when it is shown, by a clock of the source's that goes on over sessions
  std::optional<std::int64_t> dts_us;  // when it is decoded; nothing: that is pts_us
  std::optional<std::int64_t> capture_us;  // the camera's own wall clock, since 1970
  int width = 0;                           // as shown, in pixels; 0: not known
  int height = 0;
  int orientation = 1;  // how its picture lies, as EXIF counts: 1 upright, 6 to be turned by 90° to the right …
  bool hidden = false;  // decoded for others' sake only, not to be shown (a file's edit list)
  bool broken = false;  // a part of it, or of what it refers to, was lost on its way
};

/// Adds to `record` what its readers need: the headers content-type, framespool.gop, framespool.session,
/// framespool.pts.us, framespool.width and framespool.height, and where they say something framespool.dts.us,
/// framespool.capture.us, framespool.orientation, framespool.hidden and framespool.broken; and sets its sync_point. Any
/// thread.
void Describe(SourceRecord& record, const VideoFacts& facts);

/// What Describe() wrote. Nothing when content-type is no VideoCodec's; a header that is missing or no number leaves
/// what VideoFacts begins with.
std::optional<VideoFacts> ReadVideoFacts(const Headers& headers);

}  // namespace framespool::media
