#include "topic/track.h"

#include <algorithm>
#include <functional>

namespace framespool::mjpeg {

namespace {

constexpr std::size_t kBatchRecords = 16;
constexpr std::size_t kBatchBytes = 4 << 20;
constexpr std::chrono::milliseconds kFetch{200};  // for a remote broker to send what it is known to have

}  // namespace

Track::Track(ViewContext& context, const std::string& topic, std::string key) : key_(std::move(key)) {
  const std::int32_t partitions = std::max(1, context.Partitions(topic));
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    lanes_.push_back({context.OpenReader({topic, partition}), {}});
  }
}

std::vector<Extent> Track::Extents() {
  std::vector<Extent> extents;
  for (Lane& lane : lanes_) extents.push_back(lane.reader->extent());
  return extents;
}

Position Track::First() {
  Position position;
  for (Lane& lane : lanes_) position.push_back(lane.reader->extent().first);
  return position;
}

Position Track::End() {
  Position position;
  for (Lane& lane : lanes_) position.push_back(lane.reader->extent().end);
  return position;
}

Position Track::At(Timestamp time) {
  Position position;
  for (Lane& lane : lanes_) position.push_back(lane.reader->OffsetAt(time));
  return position;
}

void Track::Seek(const Position& position) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i].buffered.clear();
    lanes_[i].reader->Seek(position[i]);
  }
}

void Track::Fill(Lane& lane, std::chrono::milliseconds wait, std::stop_token stop) {
  if (!lane.buffered.empty()) return;
  try {
    for (SinkRecord& record : lane.reader->Read(kBatchRecords, kBatchBytes, wait, stop)) {
      lane.buffered.push_back(std::move(record));
    }
  } catch (const RetriableError&) {
    throw;
  } catch (const UnusableRecord& error) {
    unusable_.push_back(error);
    lane.reader->Seek(error.record().offset + 1);
  } catch (const std::runtime_error&) {
    const std::int64_t unreadable = lane.reader->position();
    if (unreadable < lane.reader->extent().end) lane.reader->Seek(unreadable + 1);
    throw;
  }
}

Track::Lane* Track::Oldest() {
  Lane* oldest = nullptr;
  for (Lane& lane : lanes_) {
    if (lane.buffered.empty()) continue;
    if (oldest == nullptr || lane.buffered.front().timestamp < oldest->buffered.front().timestamp) oldest = &lane;
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
        const bool more = each.buffered.empty() && each.reader->position() < each.reader->extent().end;
        Fill(each, more ? kFetch : visit, stop);
      }
      lane = Oldest();
      if (lane != nullptr || stop.stop_requested() || Clock::now() >= deadline) break;
      visit = std::max(std::chrono::milliseconds(1), std::chrono::milliseconds(10) / static_cast<int>(lanes_.size()));
    }
  }
  if (lane == nullptr) return std::nullopt;
  SinkRecord record = std::move(lane->buffered.front());
  lane->buffered.pop_front();
  return record;
}

bool Track::HasBuffered() const noexcept {
  return std::any_of(lanes_.begin(), lanes_.end(), [this](const Lane& lane) {
    if (key_.empty()) return !lane.buffered.empty();
    return std::any_of(lane.buffered.begin(), lane.buffered.end(),
                       [this](const SinkRecord& record) { return record.key == key_; });
  });
}

bool Track::AtEnd() {
  if (HasBuffered()) return false;
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.reader->position() >= lane.reader->extent().end; });
}

Position Track::position() const {
  Position position;
  for (const Lane& lane : lanes_) {
    position.push_back(lane.buffered.empty() ? lane.reader->position() : lane.buffered.front().offset);
  }
  return position;
}

bool Track::Reached(const Position& limit) const {
  const Position reached = position();
  return std::equal(reached.begin(), reached.end(), limit.begin(), std::greater_equal<>());
}

FramePtr Track::Before(const Position& position, const std::string& key, std::stop_token stop) {
  constexpr std::chrono::milliseconds kPatience{300};
  constexpr std::int64_t kLookBack = 32, kLookBackForKey = 1024;
  FramePtr newest;
  passed_over_.clear();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    TopicReader& reader = *lanes_[i].reader;
    const Extent extent = reader.extent();
    const std::int64_t end = std::min(position[i], extent.end);
    if (end <= extent.first) continue;
    FramePtr found;
    for (const std::int64_t back : {std::int64_t{1}, key.empty() ? kLookBack : kLookBackForKey}) {
      reader.Seek(std::max(extent.first, end - back));
      const auto deadline = std::chrono::steady_clock::now() + kPatience;
      // An empty answer may be the echo of an earlier Interrupt(), so only the deadline gives up.
      while (reader.position() < end && !stop.stop_requested() && std::chrono::steady_clock::now() < deadline) {
        std::vector<SinkRecord> records;
        try {
          records = reader.Read(static_cast<std::size_t>(end - reader.position()), kBatchBytes, kPatience, stop);
        } catch (const UnusableRecord& error) {
          passed_over_ = "its record " + std::to_string(error.record().offset) + " " + error.problem().message;
          reader.Seek(error.record().offset + 1);
        }
        for (const SinkRecord& record : records) {
          if (record.offset >= end || (!key.empty() && record.key != key)) continue;
          if (FramePtr frame = MakeFrame(record)) found = std::move(frame);
        }
      }
      if (found) break;
    }
    if (found && (!newest || newest->id.timestamp <= found->id.timestamp)) newest = std::move(found);
  }
  return newest;
}

std::optional<SinkRecord> Track::At(std::size_t partition, std::int64_t offset, std::stop_token stop) {
  constexpr std::chrono::seconds kPatience{2};
  constexpr std::chrono::milliseconds kSlice{100};
  TopicReader& reader = *lanes_[partition].reader;
  const Extent extent = reader.extent();
  if (offset < extent.first || offset >= extent.end) return std::nullopt;
  lanes_[partition].buffered.clear();
  reader.Seek(offset);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < deadline) {
    try {
      for (SinkRecord& record : reader.Read(1, kBatchBytes, kSlice, stop)) {
        if (record.offset == offset) return std::move(record);
        return std::nullopt;
      }
    } catch (const UnusableRecord&) {
      return std::nullopt;
    }
    // What stood there was no record: the mark of a transaction, as shows only now; or it has been left out.
    if (offset >= reader.extent().end || reader.position() > offset) return std::nullopt;
  }
  return std::nullopt;
}

void Track::Rest() {
  for (Lane& lane : lanes_) {
    lane.buffered.clear();
    lane.reader->Seek(lane.reader->extent().first);
  }
}

void Track::Interrupt() {
  for (Lane& lane : lanes_) lane.reader->Interrupt();
}

}  // namespace framespool::mjpeg
