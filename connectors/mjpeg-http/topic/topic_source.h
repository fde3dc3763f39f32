#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "framespool/connector.h"
#include "topic/decoders.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// The topic of one sink, for all who open tracks of it. Owned by the task; outlives them. Any thread.
///
/// Each viewer's jump takes a track of its own. One that is given back is kept for the next: to a remote broker it has
/// its connections already, and knows who leads its partitions.
class TopicSource {
 public:
  TopicSource(ViewContext& context, std::string topic, int most_decoders)
      : context_(context), topic_(std::move(topic)), decoders_(context, topic_, most_decoders) {}

  const std::string& topic() const { return topic_; }
  ViewContext& context() const { return context_; }
  Decoders& decoders() const { return decoders_; }
  /// May wait for I/O and throw what the broker throws.
  std::unique_ptr<Track> Open(const std::string& key, Units units = Units::kDecoded) const;
  /// Sees to it that the next Open() has something to take. May wait for I/O and throw.
  void Prepare(std::stop_token stop) const;
  /// Takes back a track that reads no more, in good order. May wait for I/O.
  void Keep(std::unique_ptr<Track> track) const;

  /// Some access unit is not as its beginning says: from now on all of them are measured whole.
  void MeasureWhole() const noexcept { measures_whole_ = true; }
  bool measures_whole() const noexcept { return measures_whole_; }

 private:
  struct Spare {
    std::unique_ptr<Track> track;
    std::chrono::steady_clock::time_point since;
    std::chrono::steady_clock::time_point ready;
  };
  ViewContext& context_;
  const std::string topic_;
  mutable Decoders decoders_;
  mutable std::atomic<bool> measures_whole_ = false;
  mutable std::mutex mutex_;
  mutable std::vector<Spare> spares_;
};

}  // namespace framespool::mjpeg
