#include "frame_times.h"

#include <algorithm>
#include <cmath>

namespace framespool::video_file {
namespace {

// No codec shows a frame more than 16 packets after a later one was decoded; fields may double that.
constexpr std::size_t kReorder = 33;
// A recording that starts in the middle shows nothing before its first key frame. Some never say which are key frames.
constexpr int kMostBeforeKey = 600;
constexpr double kFallbackFps = 25;

}  // namespace

TimeScale::TimeScale(const PacketReader& packets)
    : tick_us_(packets.tick_us()), frame_us_(1e6 / (packets.facts().fps > 0 ? packets.facts().fps : kFallbackFps)) {}

FrameTime TimeScale::At(std::int64_t ticks) const {
  const double us = static_cast<double>(ticks - first_) * tick_us_;
  const double grid = std::round(us / frame_us_) * frame_us_;
  const double near = std::min(tick_us_, frame_us_ / 4);
  return {.ticks = ticks, .us = std::llround(std::abs(us - grid) <= near ? grid : us)};
}

FrameTimes::FrameTimes(PacketReader& packets) : packets_(packets), scale_(packets) {
  Fill();
  if (!waiting_.empty()) scale_.SetFirst(waiting_.top());
}

void FrameTimes::Fill() {
  while (packets_left_ && waiting_.size() < kReorder) {
    const auto packet = packets_.Next();
    if (!packet) {
      packets_left_ = false;
      return;
    }
    seen_key_ = seen_key_ || packet->key || ++before_key_ > kMostBeforeKey;
    if (!seen_key_) continue;
    if (!packet->shown) {
      ++hidden_;
      continue;
    }
    ++shown_;
    waiting_.push(packet->pts);
  }
}

std::optional<FrameTime> FrameTimes::Next() {
  if (waiting_.empty()) return std::nullopt;
  const std::int64_t ticks = waiting_.top();
  waiting_.pop();
  Fill();
  return scale_.At(ticks);
}

bool FrameTimes::SeekAfter(std::int64_t index, std::int64_t ticks) {
  waiting_ = {};
  packets_left_ = true;
  seen_key_ = false;
  before_key_ = 0;
  if (!packets_.Seek(ticks)) return false;
  Fill();
  while (!waiting_.empty() && waiting_.top() < ticks) {
    waiting_.pop();
    Fill();
  }
  if (waiting_.empty() || waiting_.top() != ticks) return false;
  waiting_.pop();
  Fill();
  shown_ = index + 1 + static_cast<std::int64_t>(waiting_.size());
  return true;
}

}  // namespace framespool::video_file
