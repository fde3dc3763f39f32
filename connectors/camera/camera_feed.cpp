#include "camera_feed.h"

#include <pthread.h>

#include <exception>
#include <utility>

#include "backoff.h"
#include "frame_maker.h"
#include "live_input.h"
#include "snapshot_input.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::camera {
namespace {

std::string Size(int width, int height) { return std::to_string(width) + "x" + std::to_string(height); }

/// What the packet says of itself; times that are libavformat's guess are left out.
Frame FrameOf(const AVPacket& packet, const LiveInput& input) {
  Frame frame;
  frame.arrival = Arrival::Now();
  frame.capture_us = input.capture_us();
  if (!input.has_times()) return frame;
  const auto microseconds = [&](std::int64_t ticks) {
    return ticks == AV_NOPTS_VALUE ? std::nullopt
                                   : std::optional(av_rescale_q(ticks, input.stream().time_base, {1, 1'000'000}));
  };
  frame.pts_us = microseconds(packet.pts);
  frame.dts_us = microseconds(packet.dts);
  return frame;
}

}  // namespace

CameraFeed::CameraFeed(const CameraConfig& config, TaskContext& context, std::string key, std::optional<Position> last)
    : config_(config),
      context_(context),
      address_(AddressOf(config)),
      maker_(config, std::move(key), last),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

CameraFeed::~CameraFeed() = default;

void CameraFeed::Run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "camera-feed");
  Backoff backoff(config_.backoff, config_.backoff_max);
  while (!stop.stop_requested()) {
    status_.BeginConnection();
    try {
      ReadOnce(stop);
    } catch (const Error& error) {
      if (!stop.stop_requested()) Tell(error.problems().front());
    } catch (const std::exception& error) {
      // A camera may send anything; what came of it is no reason to give it up.
      if (!stop.stop_requested()) Tell({.message = address_.shown + ": " + error.what(), .kind = kind::kUnexpected});
    }
    if (std::exchange(running_, false)) backoff.Reset();
    WaitUntil(std::chrono::steady_clock::now() + backoff.Next(), stop);
  }
}

void CameraFeed::Tell(const Problem& why) {
  // Once for each reason: it is tried again for ever.
  context_.Log(why.message == told_ ? LogLevel::kDebug : LogLevel::kWarn, why.message + "; trying again");
  told_ = why.message;
  status_.Away(why);
}

void CameraFeed::ReadOnce(const std::stop_token& stop) {
  codec_.clear();
  warned_gop_ = told_leap_ = false;
  width_ = height_ = 0;
  if (config_.url.empty()) {
    ReadSnapshots(stop);
  } else {
    ReadStream(stop);
  }
}

void CameraFeed::ReadStream(const std::stop_token& stop) {
  LiveInput input(address_, config_.timeout, stop);
  std::unique_ptr<FrameMaker> frames;
  while (const AVPacket* packet = input.Read()) {
    if (!frames) {
      frames = MakerFor(input.stream(), config_, address_);
      codec_ = avcodec_get_name(input.stream().codecpar->codec_id);
      status_.Connected(codec_);
    }
    auto made = frames->Make(*packet, FrameOf(*packet, input));
    for (Frame& frame : made) {
      if (!Take(std::move(frame), stop)) return;
    }
  }
}

void CameraFeed::ReadSnapshots(const std::stop_token& stop) {
  SnapshotInput input(address_, config_.snapshot_interval, config_.timeout, stop);
  while (auto bytes = input.Next()) {
    Frame came;
    came.arrival = Arrival::Now();
    auto picture = PassPicture(std::move(*bytes), std::move(came));
    if (!picture) {
      throw CameraAway(address_, "camera-unusable",
                       "does not answer with a JPEG, PNG or WebP; is snapshot.url the address of a picture?");
    }
    if (codec_.empty()) status_.Connected(codec_ = picture->content_type);
    if (!Take(std::move(*picture), stop)) return;
  }
}

bool CameraFeed::Take(Frame frame, const std::stop_token& stop) {
  if (!running_ && !frame.is_key) {
    status_.PassedOver();
    return true;
  }
  if (!running_) {
    maker_.BeginSession();
    context_.Log(LogLevel::kInfo, address_.shown + ": " + codec_ + ", " + Size(frame.width, frame.height));
    told_.clear();
  } else if (frame.width != width_ || frame.height != height_) {
    context_.Log(LogLevel::kInfo, address_.shown + ": its pictures have changed from " + Size(width_, height_) +
                                      " to " + Size(frame.width, frame.height));
  }
  running_ = true;
  width_ = frame.width;
  height_ = frame.height;
  const Arrival arrival = frame.arrival;
  const auto captured = frame.capture_us;
  const bool broken = frame.broken;
  SourceRecord record = maker_.Make(std::move(frame));
  const std::size_t size = record.value.size();
  if (!records_.Push(std::move(record), stop)) return false;
  status_.Stored(arrival, size, broken, maker_.session(), captured);
  WatchGop();
  if (maker_.leapt() && !std::exchange(told_leap_, true))
    context_.Log(LogLevel::kWarn, address_.shown + ": its clock has leapt; the times of records go on without a gap");
  return true;
}

void CameraFeed::WatchGop() {
  if (const auto gop = maker_.gop_us()) status_.Gop(*gop);
  const auto longest = std::chrono::microseconds(config_.gop_max);
  if (maker_.gop_so_far_us() <= longest.count() || std::exchange(warned_gop_, true)) return;
  context_.Log(LogLevel::kWarn, address_.shown + ": no key frame for over " + FormatValue(config_.gop_max) +
                                    " ms (gop.max.ms), so a jump in its recording takes long; set a shorter I-frame "
                                    "interval in the camera's settings");
}

}  // namespace framespool::camera
