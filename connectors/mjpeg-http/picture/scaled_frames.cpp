#include "picture/scaled_frames.h"

#include <pthread.h>

#include <algorithm>

#include "framespool/media/image.h"

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kThreads = 2;
constexpr std::size_t kMostBytes = 32 << 20;

}  // namespace

std::shared_ptr<ScaledFrames> SharedScaledFrames::Get() {
  const std::lock_guard lock(mutex_);
  auto frames = shared_.lock();
  if (!frames) shared_ = frames = std::make_shared<ScaledFrames>();
  return frames;
}

ScaledFrames::~ScaledFrames() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

ScaledFrames::OrderPtr ScaledFrames::Get(const std::string& topic, const FramePtr& frame, int width,
                                         const std::shared_ptr<Doorbell>& bell) {
  const Key key{topic, frame->id.partition, frame->id.offset, frame->id.timestamp, width};
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[key];
  if (!entry.order) {
    entry.order = std::make_shared<Order>();
    entry.frame = frame;
    to_make_.push_back(key);
    while (threads_.size() < kThreads) threads_.emplace_back([this](std::stop_token stop) { Run(std::move(stop)); });
    ordered_.notify_one();
  }
  if (!entry.order->done()) entry.waiting.push_back(bell);
  return entry.order;
}

void ScaledFrames::Run(std::stop_token stop) {
  pthread_setname_np(pthread_self(), "mjpeg-scale");
  while (true) {
    Key key;
    FramePtr frame;
    std::shared_ptr<Order> order;
    {
      std::unique_lock lock(mutex_);
      if (!ordered_.wait(lock, stop, [this] { return !to_make_.empty(); }) || stop.stop_requested()) return;
      key = std::move(to_make_.front());
      to_make_.pop_front();
      const auto found = entries_.find(key);
      const auto& waiting = found->second.waiting;
      if (std::all_of(waiting.begin(), waiting.end(), [](const auto& bell) { return bell.expired(); })) {
        entries_.erase(found);
        continue;
      }
      frame = found->second.frame;
      order = found->second.order;
    }
    if (auto scaled = media::ScaleImage(frame->image, key.width)) {
      order->frame_ = WithImage(*frame, "image/jpeg", std::move(*scaled));
      ++made_;
    } else {
      order->frame_ = frame;
    }
    std::vector<std::weak_ptr<Doorbell>> waiting;
    {
      const std::lock_guard lock(mutex_);
      order->done_.store(true, std::memory_order_release);
      Entry& entry = entries_.at(key);
      entry.frame.reset();
      waiting.swap(entry.waiting);
      Keep(key, *order);
    }
    for (const auto& each : waiting) {
      if (const auto bell = each.lock()) bell->Ring();
    }
  }
}

void ScaledFrames::Keep(const Key& key, const Order& order) {
  kept_.push_back(key);
  kept_bytes_ += order.frame_->image.size();
  while (kept_bytes_ > kMostBytes) {
    const auto oldest = entries_.find(kept_.front());
    kept_bytes_ -= oldest->second.order->frame_->image.size();
    entries_.erase(oldest);
    kept_.pop_front();
  }
}

}  // namespace framespool::mjpeg
