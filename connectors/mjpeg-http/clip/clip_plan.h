#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "framespool/media/image.h"
#include "http/http_message.h"
#include "http/query_values.h"
#include "topic/moment.h"
#include "topic/track.h"

namespace framespool::mjpeg {

enum class ClipFormat { kAvi, kMp4, kZip };

/// What the query of a /clip asks for.
struct ClipQuery {
  Moment from;
  Moment until{.kind = Moment::Kind::kLatest, .offset = 0, .partition = 0, .time = {}};
  ClipFormat format = ClipFormat::kAvi;
  std::string key;
  std::string id;    // what the status calls it
  double speed = 1;  // other than 1: key frames only, for a time-lapse
};

/// The query, or what is wrong with it.
std::variant<ClipQuery, std::string> ParseClipQuery(const Request& request, Timestamp now);
std::string_view NameOf(ClipFormat format);

/// One frame of a clip, without its bytes.
struct ClipFrame {
  FrameId id;
  std::size_t size = 0;           // in the file
  std::size_t stored = 0;         // of the record
  const char* extension = "jpg";  // of a file that holds it
};

/// The frames of a span, measured before the first byte goes out, so that the file says its length and its index.
struct ClipPlan {
  Position from;
  Position until;
  Position end;  // of the topic, when it was made: what comes later changes nothing
  std::vector<ClipFrame> frames;
  std::string content_type;  // of all frames; empty: they differ
  media::ImageSize size;     // of the first
  std::string first;         // what the first record says that it is, and how it begins, in words
  std::uint32_t rate = 30;   // frames in `scale` seconds
  std::uint32_t scale = 1;
  std::optional<std::string> older;  // what was asked for, when the topic does not hold that any more

  std::size_t bytes() const;
};

/// How far a clip is. Written by its thread, read by any.
struct ClipProgress {
  enum class Phase { kMeasuring, kEncoding, kSending };
  std::atomic<Phase> phase = Phase::kMeasuring;
  std::atomic<std::int64_t> frames{0};
  std::atomic<std::int64_t> frames_done{0};  // of this phase
  std::atomic<std::int64_t> bytes{0};        // 0: not known yet
  std::atomic<std::int64_t> bytes_done{0};
};

/// What a file of this format holds of a record: its picture as it is. Players of an avi do not look at EXIF, so there
/// one that has to be turned is.
Payload InFile(const Payload& image, ClipFormat format);

/// Reads the span once. An Answer when there is nothing to make a file of. `alive` says whether someone still waits for
/// it. May wait for I/O; throws what the broker throws.
std::variant<ClipPlan, Answer> MakeClipPlan(const ClipQuery& query, Track& track, ClipProgress& progress,
                                            const std::function<bool()>& alive, std::stop_token stop);

/// Reads the frames of a plan again, in order, and gives each to `take`. Throws std::runtime_error when one is not
/// there any more; ends early when `take` returns false.
void ReadClip(const ClipPlan& plan, Track& track, const std::function<bool(std::size_t index, const SinkRecord&)>& take,
              std::stop_token stop);

}  // namespace framespool::mjpeg
