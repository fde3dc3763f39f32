#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "clip/clip_desk.h"
#include "framespool/connector.h"
#include "http/http_message.h"
#include "playback/playhead.h"
#include "sink_counters.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// What the io thread knows of a sink at one moment.
struct StatusFacts {
  std::string connector;
  std::string group;
  std::string topic;
  std::string url;
  std::string mux_url;
  std::uint16_t port = 0;
  LatencyLog::Quantiles latency;  // of the last second; for the metrics
  bool live = false;
  std::size_t viewers = 0;       // of all playheads
  std::size_t mux_viewers = 0;   // of the newest frame, beside others in /mux
  std::size_t main_viewers = 0;  // of the connector's own
  std::optional<Playhead::Standing> standing;
  std::string no_picture;  // why, where the topic's records are none
  bool moving = false;     // showed a new frame within the last two seconds
  struct Group {
    std::string name;
    std::string key;
    bool video = false;  // of /video
    std::size_t viewers = 0;
    std::optional<Playhead::Standing> standing;
  };
  std::vector<Group> groups;
  std::vector<ClipDesk::Standing> clips;
  std::int64_t decoders = 0;           // of positions that are watched
  std::int64_t units_undecodable = 0;  // as Decoders counts them
  std::int64_t units_without_key = 0;
};

/// The same with what the topic says: on the desk's thread.
struct StatusReport {
  std::vector<Extent> extents;
  Position position;
  std::int64_t lag_frames = 0;
  double lag_seconds = 0;
  std::optional<Timestamp> first_time;
  std::optional<Timestamp> last_time;
  std::string state;
  std::optional<std::string> waiting_for;  // the broker, which cannot be reached; all of the above is as last known
};

/// When the frame at a position was recorded, looked up once. Used on the desk's thread only.
struct NextFrame {
  Position position;
  std::optional<Timestamp> time;
};

StatusReport MakeStatus(const StatusFacts& facts, Track& track, ViewContext& context, NextFrame& next,
                        std::stop_token stop);
Answer StatusAnswer(const StatusFacts& facts, const StatusReport& report);
/// The same as metrics of the task.
Fields Metrics(const StatusFacts& facts, const StatusReport& report, const SinkCounters& counters);

/// One frame as a page of its own, with its place, time and record headers as X-Framespool-*.
Answer FrameAnswer(const SinkRecord& record);
/// BadRequest(), with how many there are.
Answer WrongPartition(std::size_t partition, std::size_t partitions);
/// NotFound(), with what the partition does hold.
Answer NoFrame(const Extent& extent, std::string_view wanted);

}  // namespace framespool::mjpeg
