#include "clip/remux.h"

#include <algorithm>
#include <numeric>

#include "framespool/media/video_record.h"

namespace framespool::mjpeg {

namespace {

constexpr std::chrono::milliseconds kReadUnits{500};
constexpr std::chrono::seconds kPatience{10};
constexpr std::int64_t kReordered = 64;  // records behind the span, which may be shown in it
constexpr std::int64_t kTimeLapseFps = 30;
// What stands before a key frame's slices is rarely more: parameter sets, and what an encoder says of itself.
constexpr std::size_t kBeginning = 1024;
constexpr std::size_t kMostKnown = 8;
constexpr std::size_t kMostKnownBytes = 32 << 20;

std::size_t BytesOf(const Remux& remux) {
  return remux.head.size() + remux.offsets.size() * sizeof(std::int64_t) + remux.ends.size() * sizeof(std::uint64_t);
}

struct Span {
  std::size_t partition = 0;
  std::int64_t from = 0;
  std::int64_t until = 0;
  std::int64_t end = 0;  // of the topic
};

/// Where the one partition lies in which the span has records.
std::optional<Span> OnePartition(const ClipQuery& query, Track& track, const std::stop_token& stop) {
  const Position from = Find(track, query.from, stop), end = track.End();
  const Position until = FindEnd(track, query.until, stop).value_or(end);
  std::optional<Span> found;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t last = std::min(until[i], end[i]);
    if (from[i] >= last) continue;
    if (found) return std::nullopt;
    found = Span{i, from[i], last, end[i]};
  }
  return found;
}

/// The units of the file, as they are taken.
class Taken {
 public:
  Taken(double speed, Measure measure) : index(speed), measure_(measure) {}

  /// `beginning` may be all of it. False when it cannot be in this file.
  bool Add(RecordBeginning beginning, const media::VideoFacts& facts, Track& track, const std::stop_token& stop) {
    using Took = media::Mp4Index::Took;
    const SinkRecord& record = beginning.record;
    Took took = Took::kTellsNothing;
    if (measure_ == Measure::kByBeginnings) {
      took = index.AddBeginning(record.value.bytes(), beginning.value_size, facts);
    }
    if (took == Took::kTellsNothing) {
      const auto whole = track.StoredAt(static_cast<std::size_t>(record.partition), record.offset, stop);
      took = whole ? index.Add(whole->value.bytes(), facts) : Took::kNothing;
      complete = complete && whole;
    }
    if (took == Took::kCannotBeHere) return false;
    if (took == Took::kIt) ids.push_back({record.partition, record.offset, record.timestamp});
    return true;
  }

  media::Mp4Index index;
  std::vector<FrameId> ids;
  bool complete = true;  // nothing was left out because it did not come

 private:
  const Measure measure_;
};

/// Reads the beginnings of the records of one key from `from` on until `take` says that it is enough. False when one of
/// them is a picture of another kind, or of another key.
bool ReadUnits(Track& track, const Span& span, std::int64_t from, const std::optional<std::string>& key, bool any_key,
               const std::function<bool(RecordBeginning&, const media::VideoFacts&)>& take,
               const std::stop_token& stop) {
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (std::int64_t next = from; next < span.end && !stop.stop_requested();) {
    const std::int64_t stood = next;
    for (RecordBeginning& each : track.Beginnings(span.partition, next, kBeginning, kReadUnits, stop)) {
      const SinkRecord& record = each.record;
      if (record.offset >= span.end) return true;
      if (record.value.is_null()) continue;
      const auto facts = media::ReadVideoFacts(record.headers);
      const bool within = record.offset >= span.from && record.offset < span.until;
      if (!facts || record.key != key) {
        if (any_key && within && (facts || media::ImageType(record.headers, record.value))) return false;
        continue;
      }
      if (!take(each, *facts)) return true;
    }
    if (next != stood) {
      deadline = std::chrono::steady_clock::now() + kPatience;
    } else if (std::chrono::steady_clock::now() > deadline) {
      throw RetriableError("the broker gave no record for " + std::to_string(kPatience.count()) + " s");
    }
  }
  return true;
}

/// All of the span, from the key frame before it on, and what stands behind it and is shown in it. False when that is
/// not one video.
bool AddAll(const ClipQuery& query, Track& track, const Span& span, Taken& units, ClipProgress& progress,
            const std::function<bool()>& alive, const std::stop_token& stop) {
  Position position = track.End();
  position[span.partition] = span.from;
  const auto first = std::move(track.KeyFramesFor(position, query.key, stop)[span.partition]);
  if (!first) return false;
  std::optional<std::size_t> wanted;  // pictures, with those in front of the span
  bool fits = true;
  const bool one_video = ReadUnits(
      track, span, first->offset, first->key, query.key.empty(),
      [&](RecordBeginning& beginning, const media::VideoFacts& facts) {
        const SinkRecord& record = beginning.record;
        if (record.offset >= span.until) {
          if (!wanted) wanted = units.ids.size();
          if (units.index.Has(*wanted) || record.offset >= span.until + kReordered) return false;
        }
        progress.frames_done = std::max<std::int64_t>(0, record.offset - span.from);
        fits = units.Add(std::move(beginning), facts, track, stop);
        return fits && (units.ids.size() % 256 != 0 || alive());
      },
      stop);
  return one_video && fits;
}

/// The key frames of the span, so far apart that at the query's speed there are at most kTimeLapseFps in a second.
/// False when they are not of one video.
bool AddKeyFrames(const ClipQuery& query, Track& track, const Span& span, Taken& units, ClipProgress& progress,
                  const std::function<bool()>& alive, const std::stop_token& stop) {
  const auto step = std::chrono::milliseconds(
      std::max<std::int64_t>(1, static_cast<std::int64_t>(query.speed * 1000 / kTimeLapseFps)));
  std::optional<Timestamp> began, next;
  std::optional<std::optional<std::string>> key;
  Position position = track.End();
  std::int64_t at = span.from;
  while (at < span.until && alive() && !stop.stop_requested()) {
    position[span.partition] = at;
    const auto key_frame = std::move(track.KeyFramesFor(position, query.key, stop)[span.partition]);
    const bool is_new = key_frame && key_frame->offset >= span.from &&
                        (units.ids.empty() || key_frame->offset > units.ids.back().offset) &&
                        (!key || key_frame->key == *key);
    if (is_new) {
      key = key_frame->key;
      if (!began) began = key_frame->timestamp;
      auto facts = media::ReadVideoFacts(key_frame->headers).value_or(media::VideoFacts{});
      facts.pts_us = std::chrono::microseconds(key_frame->timestamp - *began).count();
      facts.dts_us.reset();
      const std::size_t size = key_frame->value.size();
      if (!units.Add({std::move(*key_frame), size}, facts, track, stop)) return false;
    }
    if (!next) {
      const auto record = track.StoredAt(span.partition, at, stop);
      if (!record) {
        ++at;  // of Kafka the mark of a transaction
        continue;
      }
      next = record->timestamp;
    }
    next = (is_new ? std::max(*next, key_frame->timestamp) : *next) + step;
    at = std::max(at + 1, track.At(*next)[span.partition]);
    progress.frames_done = at - span.from;
  }
  return true;
}

}  // namespace

RemuxPtr KnownRemuxes::Find(const Key& key, std::int64_t first) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const Known& each) { return each.key == key; });
  if (found == known_.end() || found->remux->offsets.front() < first) return nullptr;
  std::rotate(found, found + 1, known_.end());
  return known_.back().remux;
}

void KnownRemuxes::Keep(Key key, RemuxPtr remux) {
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const Known& each) { return each.key == key; });
  known_.push_back({std::move(key), std::move(remux)});
  const auto bytes = [&] {
    return std::accumulate(known_.begin(), known_.end(), std::size_t{0},
                           [](std::size_t sum, const Known& each) { return sum + BytesOf(*each.remux); });
  };
  while (known_.size() > kMostKnown || (!known_.empty() && bytes() > kMostKnownBytes)) known_.erase(known_.begin());
}

RemuxPtr MakeRemux(const ClipQuery& query, Track& track, Measure measure, KnownRemuxes& known, ClipProgress& progress,
                   const std::function<bool()>& alive, const std::stop_token& stop) {
  const auto span = OnePartition(query, track, stop);
  if (!span) return nullptr;
  KnownRemuxes::Key name{span->partition, span->from,  span->until, std::min(span->end, span->until + kReordered),
                         query.key,       query.speed, measure};
  if (auto remux = known.Find(name, track.First()[span->partition])) return remux;
  const auto begins_with = track.StoredAt(span->partition, span->from, stop);
  if (begins_with && media::ImageType(begins_with->headers, begins_with->value)) return nullptr;
  progress.frames = span->until - span->from;
  const bool all = query.speed == 1;
  Taken units(query.speed, measure);
  const bool one_video = all ? AddAll(query, track, *span, units, progress, alive, stop)
                             : AddKeyFrames(query, track, *span, units, progress, alive, stop);
  if (!one_video || units.ids.empty() || !alive() || stop.stop_requested()) return nullptr;

  // The n-th picture that is shown has the offset of the n-th record.
  const auto number_of = [&](std::int64_t offset) {
    const auto found =
        std::lower_bound(units.ids.begin(), units.ids.end(), offset,
                         [](const FrameId& id, std::int64_t wanted_offset) { return id.offset < wanted_offset; });
    return static_cast<std::size_t>(found - units.ids.begin());
  };
  const std::size_t begin = number_of(span->from), end = number_of(span->until);
  if (begin >= end) return nullptr;
  Remux remux;
  remux.partition = span->partition;
  remux.head = units.index.Head(begin, end);
  remux.first = units.ids[begin];
  remux.last = units.ids[end - 1];
  remux.pictures = static_cast<std::int64_t>(end - begin);
  std::uint64_t size = remux.head.size();
  for (std::size_t i = 0; i < units.ids.size(); ++i) {
    remux.offsets.push_back(units.ids[i].offset);
    remux.ends.push_back(size += units.index.samples()[i].size);
  }
  auto made = std::make_shared<const Remux>(std::move(remux));
  if (units.complete) known.Keep(std::move(name), made);
  return made;
}

void ReadRemux(const Remux& remux, Track& track, std::uint64_t first, std::uint64_t end,
               const std::function<bool(std::string_view)>& take, const std::stop_token& stop) {
  const auto give = [&](std::span<const std::byte> bytes, std::uint64_t from) {
    const std::uint64_t skipped = first > from ? first - from : 0;
    const std::uint64_t until = std::min<std::uint64_t>(bytes.size(), end - from);
    return skipped >= until || take({reinterpret_cast<const char*>(bytes.data()) + skipped, until - skipped});
  };
  if (first < remux.head.size() && !give(remux.head, 0)) return;
  auto next =
      static_cast<std::size_t>(std::upper_bound(remux.ends.begin(), remux.ends.end(), first) - remux.ends.begin());
  const auto begin_of = [&](std::size_t i) { return i == 0 ? remux.head.size() : remux.ends[i - 1]; };
  if (next >= remux.ends.size() || begin_of(next) >= end) return;
  Position position = track.End();
  position[remux.partition] = remux.offsets[next];
  track.Seek(position, track.End());
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (next < remux.offsets.size() && begin_of(next) < end) {
    if (stop.stop_requested()) throw std::runtime_error("the sink is being stopped");
    const auto record = track.Next(kReadUnits, stop);
    const bool here = record && static_cast<std::size_t>(record->partition) == remux.partition;
    if (!here && std::chrono::steady_clock::now() > deadline) {
      throw RetriableError("the broker gave no record for " + std::to_string(kPatience.count()) + " s");
    }
    if (!here || record->offset < remux.offsets[next]) continue;
    deadline = std::chrono::steady_clock::now() + kPatience;
    const auto sample = media::SampleOf(record->value.bytes());
    const std::int64_t offset = remux.offsets[next];
    if (record->offset != offset || sample.size() != remux.ends[next] - begin_of(next)) {
      if (track.First()[remux.partition] > offset) {
        throw std::runtime_error("record " + std::to_string(offset) +
                                 " has been deleted by the topic's retention while the clip was made");
      }
      throw UnlikeItsBeginning("record " + std::to_string(offset) +
                               " cannot be read, or not in the length that it begins with; the next clip leaves such "
                               "records out, or has their length");
    }
    if (!give(sample, begin_of(next))) return;
    ++next;
  }
}

}  // namespace framespool::mjpeg
