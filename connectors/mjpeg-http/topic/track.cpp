#include "topic/track.h"

#include <algorithm>
#include <functional>

namespace framespool::mjpeg {

namespace {

constexpr std::chrono::milliseconds kFetch{200};  // for a remote broker to send what it is known to have

}  // namespace

Track::Track(ViewContext& context, const std::string& topic, Decoders& decoders, std::string key, Units units)
    : key_(std::move(key)), units_(units) {
  const std::int32_t partitions = std::max(1, context.Partitions(topic));
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    lanes_.emplace_back(context.OpenReader({topic, partition}), key_, units, decoders);
  }
}

std::vector<Extent> Track::Extents() {
  std::vector<Extent> extents;
  for (Lane& lane : lanes_) extents.push_back(lane.extent());
  return extents;
}

Position Track::First() {
  Position position;
  for (Lane& lane : lanes_) position.push_back(lane.extent().first);
  return position;
}

Position Track::End() {
  Position position;
  for (Lane& lane : lanes_) position.push_back(lane.extent().end);
  return position;
}

Position Track::At(Timestamp time) {
  Position position;
  for (Lane& lane : lanes_) position.push_back(lane.OffsetAt(time));
  return position;
}

std::vector<std::optional<SinkRecord>> Track::KeyFramesFor(const Position& position, const std::string& key,
                                                           const std::stop_token& stop) {
  std::vector<std::optional<SinkRecord>> key_frames;
  for (std::size_t i = 0; i < lanes_.size(); ++i) key_frames.push_back(lanes_[i].KeyFrameFor(position[i], key, stop));
  return key_frames;
}

void Track::Seek(const Position& position, const std::optional<Position>& end) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i].Seek(position[i], end ? std::optional((*end)[i]) : std::nullopt);
  }
}

void Track::Fill(Lane& lane, std::chrono::milliseconds wait, std::stop_token stop) {
  try {
    lane.Fill(wait, std::move(stop));
  } catch (const RetriableError&) {
    throw;
  } catch (const UnusableRecord& error) {
    unusable_.push_back(error);
    lane.SkipTo(error.record().offset + 1);
  } catch (const std::runtime_error&) {
    const std::int64_t unreadable = lane.read_to();
    if (unreadable < lane.extent().end) lane.SkipTo(unreadable + 1);
    throw;
  }
}

Lane* Track::Oldest() {
  Lane* oldest = nullptr;
  for (Lane& lane : lanes_) {
    if (lane.empty()) continue;
    if (oldest == nullptr || lane.front().timestamp < oldest->front().timestamp) oldest = &lane;
  }
  return oldest;
}

std::optional<SinkRecord> Track::Next(std::chrono::milliseconds wait, std::stop_token stop) {
  // A record of another key is given up for nothing, so that the caller can look around between many of them.
  auto record = NextOfAny(wait, std::move(stop));
  if (record && !key_.empty() && record->key != key_) return std::nullopt;
  return record;
}

std::optional<SinkRecord> Track::NextOfAny(std::chrono::milliseconds wait, std::stop_token stop) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + wait;
  Lane* lane = nullptr;
  if (lanes_.size() == 1) {
    Fill(lanes_[0], wait, stop);
    lane = Oldest();
  } else {
    // One thread cannot wait for several readers, so it visits them in turn. A partition with nothing new must not hold
    // back the others; one that has more, but not here yet, must, or its older records would come too late.
    std::chrono::milliseconds visit{0};
    while (true) {
      for (Lane& each : lanes_) {
        const bool more = each.empty() && each.read_to() < each.extent().end;
        Fill(each, more ? kFetch : visit, stop);
      }
      lane = Oldest();
      const bool ended = std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& each) { return each.ended(); });
      if (lane != nullptr || ended || stop.stop_requested() || Clock::now() >= deadline) break;
      visit = std::max(std::chrono::milliseconds(1), std::chrono::milliseconds(10) / static_cast<int>(lanes_.size()));
    }
  }
  return lane != nullptr ? lane->Pop() : std::nullopt;
}

bool Track::HasBuffered() const noexcept {
  return std::any_of(lanes_.begin(), lanes_.end(), [this](const Lane& lane) { return lane.Holds(key_); });
}

bool Track::AtEnd() {
  if (HasBuffered()) return false;
  return std::all_of(lanes_.begin(), lanes_.end(), [](Lane& lane) { return lane.read_to() >= lane.extent().end; });
}

Position Track::position() const {
  Position position;
  for (const Lane& lane : lanes_) position.push_back(lane.position());
  return position;
}

bool Track::Reached(const Position& limit) const {
  const Position reached = position();
  return std::equal(reached.begin(), reached.end(), limit.begin(), std::greater_equal<>());
}

FramePtr Track::Before(const Position& position, std::stop_token stop) {
  const auto newest = RecordBefore(position, key_, std::move(stop));
  return newest ? MakeFrame(*newest) : nullptr;
}

std::optional<SinkRecord> Track::RecordBefore(const Position& position, const std::string& key, std::stop_token stop) {
  std::optional<SinkRecord> newest;
  passed_over_.clear();
  const auto passed = [this](std::string what) { passed_over_ = std::move(what); };
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    auto found = lanes_[i].Before(position[i], key, passed, stop);
    if (found && (!newest || newest->timestamp <= found->timestamp)) newest = std::move(found);
  }
  return newest;
}

std::optional<SinkRecord> Track::At(std::size_t partition, std::int64_t offset, std::stop_token stop) {
  return lanes_[partition].At(offset, std::move(stop));
}

std::optional<SinkRecord> Track::NearlyAt(std::size_t partition, std::int64_t offset, std::stop_token stop) {
  return lanes_[partition].NearlyAt(offset, std::move(stop));
}

std::optional<SinkRecord> Track::StoredAt(std::size_t partition, std::int64_t offset, std::stop_token stop) {
  return lanes_[partition].StoredAt(offset, std::move(stop));
}

std::string Track::TakeWaitsFor() {
  std::string why;
  for (Lane& lane : lanes_) {
    if (std::string each = lane.TakeWaitsFor(); !each.empty()) why = std::move(each);
  }
  return why;
}

void Track::Rest() {
  for (Lane& lane : lanes_) lane.Rest();
}

bool Track::decodes() const noexcept {
  return std::any_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.decodes(); });
}

void Track::CloseIdle(std::chrono::milliseconds idle) {
  for (Lane& lane : lanes_) lane.CloseIdle(idle);
}

void Track::Interrupt() {
  for (Lane& lane : lanes_) lane.Interrupt();
}

}  // namespace framespool::mjpeg
