#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "camera_config.h"
#include "frame.h"
#include "live_input.h"

struct AVPacket;
struct AVStream;

namespace framespool::camera {

/// Makes frames of the packets of one connection. Owned and used by the thread that reads the camera.
class FrameMaker {
 public:
  virtual ~FrameMaker() = default;
  /// `frame` has what is known without looking into the packet: its times and its arrival. Returns those frames that
  /// are complete now, often one. Throws std::runtime_error.
  virtual std::vector<Frame> Make(const AVPacket& packet, Frame frame) = 0;
};

/// The right one for the stream, by its codec and `video`. Throws CameraAway where the topic can hold nothing of it.
std::unique_ptr<FrameMaker> MakerFor(const AVStream& stream, const CameraConfig& config, const InputAddress& address);

/// A JPEG (or PNG, WebP) as it came, with its size; `frame` as above. Nothing when it is no picture.
std::optional<Frame> PassPicture(Payload bytes, Frame frame);

}  // namespace framespool::camera
