#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "camera_config.h"
#include "feed_status.h"
#include "input_address.h"
#include "record_maker.h"
#include "record_queue.h"

namespace framespool::camera {

class FrameMaker;
class LiveInput;

/// Reads a camera on a thread of its own ("camera-feed"): connects, and for ever again when the camera goes away. Owned
/// by the task, on whose thread it is made and destroyed; its end ends what is under way.
class CameraFeed {
 public:
  /// `config` and `context` outlive it.
  CameraFeed(const CameraConfig& config, TaskContext& context, std::string key, std::optional<Position> last);
  ~CameraFeed();
  CameraFeed(const CameraFeed&) = delete;
  CameraFeed& operator=(const CameraFeed&) = delete;

  RecordQueue& records() noexcept { return records_; }
  FeedStatus& status() noexcept { return status_; }

 private:
  void Run(const std::stop_token& stop);
  void ReadOnce(const std::stop_token& stop);
  void ReadStream(const std::stop_token& stop);
  void ReadSnapshots(const std::stop_token& stop);
  void Tell(const Problem& why);
  /// Hands it over, unless it comes before the first key frame; false at a stop.
  bool Take(Frame frame, const std::stop_token& stop);
  void WatchGop();

  const CameraConfig& config_;
  TaskContext& context_;
  const InputAddress address_;
  RecordQueue records_;
  FeedStatus status_;
  RecordMaker maker_;
  std::string codec_;        // of this connection
  bool running_ = false;     // this connection has had its first frame
  bool warned_gop_ = false;  // in this connection, as are the next two
  bool told_leap_ = false;
  int width_ = 0;
  int height_ = 0;
  std::string told_;     // why the camera is away, as the log has it
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace framespool::camera
