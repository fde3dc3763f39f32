#include "topic/topic_source.h"

namespace framespool::mjpeg {

namespace {

// One is read while another is given back; each is a client of a remote broker, and costs memory.
constexpr std::size_t kMostSpares = 2;
// The topic may have got partitions since; Kafka closes connections that are not used for ten minutes.
constexpr std::chrono::minutes kGood{5};
// A remote broker lets whoever has asked behind the newest record wait for some 40 ms, and answers nothing else
// meanwhile.
constexpr std::chrono::milliseconds kAnswered{60};

}  // namespace

std::unique_ptr<Track> TopicSource::Open(const std::string& key, Units units) const {
  if (key.empty() && units == Units::kDecoded) {
    std::vector<Spare> old;  // to be closed without the lock
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    if (!spares_.empty() && now - spares_.back().since >= kGood) old.swap(spares_);
    // The one used last is the warmest.
    for (std::size_t i = spares_.size(); i-- > 0;) {
      if (spares_[i].ready > now) continue;
      auto track = std::move(spares_[i].track);
      spares_.erase(spares_.begin() + static_cast<std::ptrdiff_t>(i));
      return track;
    }
  }
  return std::make_unique<Track>(context_, topic_, decoders_, key, units);
}

void TopicSource::Prepare(std::stop_token stop) const {
  {
    const std::lock_guard lock(mutex_);
    if (!spares_.empty() && std::chrono::steady_clock::now() - spares_.back().since < kGood) return;
  }
  auto track = std::make_unique<Track>(context_, topic_, decoders_);
  // To read something is what connects it to where the topic's records are.
  const std::vector<Extent> extents = track->Extents();
  for (std::size_t i = 0; i < extents.size(); ++i) track->StoredAt(i, extents[i].end - 1, stop);
  Keep(std::move(track));
}

void TopicSource::Keep(std::unique_ptr<Track> track) const {
  if (!track->key().empty() || track->units() != Units::kDecoded) return;
  const auto now = std::chrono::steady_clock::now();
  const auto ready = track->AtEnd() ? now + kAnswered : now;
  track->Rest();
  Spare spare{std::move(track), now, ready};
  const std::lock_guard lock(mutex_);
  if (spares_.size() >= kMostSpares) std::swap(spares_.front(), spare);
  if (spares_.size() < kMostSpares) spares_.push_back(std::move(spare));
}

}  // namespace framespool::mjpeg
