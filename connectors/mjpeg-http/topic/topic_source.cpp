#include "topic/topic_source.h"

namespace framespool::mjpeg {

namespace {

// One is read while another is given back; each is a client of a remote broker, and costs memory.
constexpr std::size_t kMostSpares = 2;
// The topic may have got partitions since; Kafka closes connections that are not used for ten minutes.
constexpr std::chrono::minutes kGood{5};

}  // namespace

std::unique_ptr<Track> TopicSource::Open(const std::string& key) const {
  if (key.empty()) {
    std::vector<Spare> old;  // to be closed without the lock
    const std::lock_guard lock(mutex_);
    if (!spares_.empty() && std::chrono::steady_clock::now() - spares_.back().since < kGood) {
      auto track = std::move(spares_.back().track);
      spares_.pop_back();
      return track;
    }
    old.swap(spares_);
  }
  return std::make_unique<Track>(context_, topic_, key);
}

void TopicSource::Prepare(std::stop_token stop) const {
  {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty() && std::chrono::steady_clock::now() - spares_.back().since < kGood) return;
  }
  auto track = std::make_unique<Track>(context_, topic_);
  // To read something is what connects it to where the topic's records are.
  track->Before(track->End(), std::move(stop));
  Keep(std::move(track));
}

void TopicSource::Keep(std::unique_ptr<Track> track) const {
  if (!track->key().empty()) return;
  track->Rest();
  Spare spare{std::move(track), std::chrono::steady_clock::now()};
  const std::lock_guard lock(mutex_);
  if (spares_.size() >= kMostSpares) std::swap(spares_.front(), spare);
  if (spares_.size() < kMostSpares) spares_.push_back(std::move(spare));
}

}  // namespace framespool::mjpeg
