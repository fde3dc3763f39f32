#include "topic/lane.h"

#include <algorithm>
#include <utility>

#include "framespool/media/image.h"

namespace framespool::mjpeg {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatchRecords = 16;
constexpr std::size_t kBatchBytes = 4 << 20;
// Where a topic goes on, the unit that shows what a decoder holds back follows sooner.
constexpr milliseconds kTail{1000};
constexpr milliseconds kSlice{100};
// Keys of one partition whose units are decoded at once.
constexpr std::size_t kMostKeys = 16;
// Key frames of other keys that are passed on the way back to one.
constexpr int kMostPassed = 64;
constexpr int kMostRunUpsBefore = 2;
// How far a decoder may be behind before others go on without it.
constexpr std::int64_t kMostHeldBack = 64;
// The newest picture that can be decoded is looked for among so many.
constexpr std::int64_t kNewest = 32;

/// True when the picture `offset` is one of those that stand behind the key frame at the front of `records` and are
/// shown before it: it needs the group before.
bool IsShownBefore(const std::vector<SinkRecord>& records, const media::VideoFacts& key, std::int64_t offset) {
  auto last = records.begin();  // of the numbers that such pictures have
  for (auto each = records.begin() + 1; each != records.end(); ++each) {
    if (each->key != records.front().key) continue;
    const auto facts = media::ReadVideoFacts(each->headers);
    if (!facts || facts->gop == 0 || facts->pts_us >= key.pts_us) break;
    if (offset <= last->offset) return true;
    last = each;
  }
  return false;
}

std::string Numbered(const SinkRecord& record) { return "its record " + std::to_string(record.offset) + " "; }

}  // namespace

Lane::Lane(std::unique_ptr<TopicReader> reader, const std::string& key, Units units, Decoders& decoders)
    : reader_(std::move(reader)), key_(key), units_are_(units), decoders_(decoders) {}

std::int64_t Lane::End() {
  const std::int64_t end = reader_->extent().end;
  return end_ ? std::min(*end_, end) : end;
}

void Lane::Reset(std::int64_t offset) {
  units_.clear();
  ready_.clear();
  pictures_.clear();
  ran_up_ = false;
  run_ups_before_ = 0;
  first_ = true;
  wanted_ = offset;
  reader_->Seek(offset);
}

/// True when decoding on from here leads to `offset` as soon as beginning anew would.
bool Lane::Continues(std::int64_t offset) {
  if (pictures_.empty() || offset < position()) return false;
  if (offset == position()) return true;
  const auto sync_point = reader_->SyncPointAtOrBefore(offset);
  return sync_point && *sync_point < reader_->position();
}

void Lane::Seek(std::int64_t offset, std::optional<std::int64_t> end) {
  keeps_seen_ = false;
  const bool looked = end_ && units_are_ == Units::kKeyFramesDecoded;  // with every picture
  const bool goes_on = !end && !looked && Continues(offset);
  if (goes_on && end_) {
    // What was looked at is watched now, and others beside it.
    for (auto& [key, pictures] : pictures_) pictures->Limit();
    ran_up_ = false;
  }
  only_.reset();
  end_ = end;
  if (!goes_on) return Reset(offset);
  wanted_ = offset;
  ready_.erase(ready_.begin(), ready_.lower_bound(offset));
}

void Lane::Fill(milliseconds wait, std::stop_token stop) {
  while (empty() && !stop.stop_requested()) {
    if (!units_.empty()) {
      SinkRecord record = std::move(units_.front());
      units_.pop_front();
      Take(std::move(record), stop);
      continue;
    }
    const bool nothing_follows = reader_->position() >= End() && HeldBack();
    if (nothing_follows && (end_ || Clock::now() - read_at_ >= kTail)) {
      EndUnits(stop);
      continue;
    }
    // To read on would be to wait, for as long as the topic grows, for what is not to be taken.
    if (end_ && reader_->position() >= *end_) return;
    std::vector<SinkRecord> records = reader_->Read(kBatchRecords, kBatchBytes, wait, stop);
    if (records.empty()) return;
    read_at_ = Clock::now();
    std::move(records.begin(), records.end(), std::back_inserter(units_));
  }
}

void Lane::Take(SinkRecord record, const std::stop_token& stop) {
  const auto facts = media::ReadVideoFacts(record.headers);
  if (!facts || record.value.is_null() || units_are_ == Units::kAsStored) {
    if (record.offset >= wanted_ && (!only_ || *only_ == record.key)) Add({std::move(record), {}});
    return;
  }
  const bool exists = !end_ || record.offset < *end_;
  const bool wanted = only_ ? *only_ == record.key : key_.empty() || record.key == key_;
  if (exists && wanted) Decode(std::move(record), *facts, stop);
}

void Lane::Decode(SinkRecord unit, const media::VideoFacts& facts, const std::stop_token& stop) {
  UnitPictures* const pictures = Begin(unit, facts, stop);
  if (pictures == nullptr) return;
  const Key key = unit.key;
  pictures->Add(std::move(unit), facts);
  Collect(*pictures, key, stop);
}

/// What makes pictures of the unit; null when there is nothing that can, or it was begun anew further back.
UnitPictures* Lane::Begin(const SinkRecord& unit, const media::VideoFacts& facts, const std::stop_token& stop) {
  auto found = pictures_.find(unit.key);
  if (found != pictures_.end() && !found->second->GoesOnWith(facts)) {
    const auto ended = std::move(found->second);
    pictures_.erase(found);
    ended->End();
    if (Collect(*ended, unit.key, stop)) return nullptr;
    found = pictures_.end();
  }
  if (found != pictures_.end()) return found->second.get();
  if (facts.gop != 0) {
    if (!std::exchange(ran_up_, true) && RunUp(unit.offset, unit.key, stop)) return nullptr;
    decoders_.NoteWithoutKey(unit);
    waits_for_ = Numbered(unit) + "needs a key frame, and none has come before it";
    return nullptr;
  }
  if (pictures_.size() >= kMostKeys) pictures_.erase(pictures_.begin());
  began_ = unit.offset;
  using Which = UnitPictures::Which;
  const Which watched = units_are_ == Units::kKeyFramesDecoded ? Which::kKeyFrames : Which::kAsFits;
  auto begun = std::make_unique<UnitPictures>(facts.codec, decoders_, end_ ? Which::kEvery : watched);
  return pictures_.emplace(unit.key, std::move(begun)).first->second.get();
}

/// Takes the pictures that are decoded. True when it was begun anew further back, and they are for nothing.
bool Lane::Collect(UnitPictures& pictures, const Key& key, const std::stop_token& stop) {
  while (auto picture = pictures.Take()) {
    const std::int64_t number = picture->record.offset;
    if (std::exchange(first_, false) && wanted_ >= began_ && number > wanted_ && began_ > reader_->extent().first &&
        run_ups_before_ < kMostRunUpsBefore) {
      // What is wanted is shown before the key frame, and needs the group before.
      const int run_ups = run_ups_before_ + 1;
      if (RunUp(began_ - 1, key, stop)) {
        run_ups_before_ = run_ups;
        return true;  // `pictures` is gone
      }
    }
    if (number >= wanted_) {
      Add({{}, std::move(picture)});
    } else if (keeps_seen_) {
      seen_.Keep(std::move(*picture), wanted_);
    }
  }
  return false;
}

/// Begins anew with the last key frame of `key` at or before `offset`; false when the topic does not hold it.
bool Lane::RunUp(std::int64_t offset, const Key& key, const std::stop_token& stop) {
  const std::int64_t stands = reader_->position();
  for (int passed = 0; passed < kMostPassed; ++passed) {
    const auto sync_point = reader_->SyncPointAtOrBefore(offset);
    if (!sync_point) break;
    std::vector<SinkRecord> records;
    try {
      records = ReadFrom(*sync_point, kBatchRecords, stop);
    } catch (const RetriableError&) {
      Reset(wanted_);  // to be tried again
      throw;
    }
    if (records.front().key == key && media::ReadVideoFacts(records.front().headers)) {
      units_.assign(std::make_move_iterator(records.begin()), std::make_move_iterator(records.end()));
      ready_.clear();
      pictures_.clear();
      first_ = true;
      read_at_ = Clock::now();
      return true;
    }
    offset = *sync_point - 1;
  }
  reader_->Seek(stands);
  return false;
}

/// The records from `offset` on, one to `most`. Moves the reader.
std::vector<SinkRecord> Lane::ReadFrom(std::int64_t offset, std::size_t most, const std::stop_token& stop) {
  constexpr std::chrono::seconds kPatience{2};
  reader_->Seek(offset);
  const auto deadline = Clock::now() + kPatience;
  std::vector<SinkRecord> records;
  // An empty answer may be the echo of an earlier Interrupt().
  while (records.empty() && Clock::now() < deadline && !stop.stop_requested()) {
    try {
      records = reader_->Read(most, kBatchBytes, kSlice, stop);
    } catch (const RetriableError&) {
      throw;
    } catch (const UnusableRecord& error) {
      reader_->Seek(error.record().offset + 1);
    } catch (const std::runtime_error&) {
      reader_->Seek(reader_->position() + 1);  // it cannot be read
    }
  }
  if (!records.empty()) return records;
  throw RetriableError("the broker gave no record from offset " + std::to_string(offset) + " on for " +
                       std::to_string(kPatience.count()) + " s");
}

std::optional<SinkRecord> Lane::KeyFrameFor(std::int64_t offset, const std::string& key, const std::stop_token& stop) {
  const std::int64_t stands = reader_->position();
  std::optional<SinkRecord> found;
  std::int64_t before = offset;
  for (int passed = 0; passed < kMostPassed; ++passed) {
    const auto sync_point = reader_->SyncPointAtOrBefore(before);
    if (!sync_point) break;
    before = *sync_point - 1;
    SinkRecord record = std::move(ReadFrom(*sync_point, 1, stop).front());
    const auto facts = media::ReadVideoFacts(record.headers);
    if (!facts || (!key.empty() && record.key != key) || (found && record.key != found->key)) continue;
    const bool shows = found || !IsShownBefore(ReadFrom(record.offset, kBatchRecords, stop), *facts, offset);
    found = std::move(record);
    if (shows) break;
  }
  reader_->Seek(stands);
  return found;
}

void Lane::Add(Ready ready) {
  const std::int64_t offset = ready.record().offset;
  ready_.insert_or_assign(offset, std::move(ready));
}

/// The first number whose picture is still to come.
std::optional<std::int64_t> Lane::HeldBack() const {
  std::optional<std::int64_t> first;
  for (const auto& [key, pictures] : pictures_) {
    const auto next = pictures->next();
    if (next && (!first || *next < *first)) first = next;
  }
  return first;
}

bool Lane::empty() const noexcept {
  if (ready_.empty()) return true;
  const auto held_back = HeldBack();
  // What another key holds back comes before it, if it comes soon.
  return held_back && *held_back < front().offset && front().offset - *held_back < kMostHeldBack;
}

/// Nothing follows for now: shows what the decoders hold back. What follows later has to begin with a key frame again.
void Lane::EndUnits(const std::stop_token& stop) {
  auto ended = std::exchange(pictures_, {});
  for (auto& [key, pictures] : ended) {
    pictures->End();
    if (Collect(*pictures, key, stop)) return;
  }
  // What follows is behind the last that came.
  wanted_ = std::max(wanted_, ready_.empty() ? reader_->position() : ready_.rbegin()->first + 1);
  ran_up_ = false;
}

std::optional<SinkRecord> Lane::Encode(const UnitPicture& picture) {
  try {
    return images_.Make(picture);
  } catch (const std::runtime_error&) {
    decoders_.NoteUndecodable(picture.record);
    return std::nullopt;
  }
}

std::optional<SinkRecord> Lane::Pop() {
  const Ready ready = std::move(ready_.extract(ready_.begin()).mapped());
  // Where it is begun anew further back, it is not to come again.
  wanted_ = std::max(wanted_, ready.record().offset + 1);
  return Encode(ready);
}

bool Lane::Holds(const std::string& key) const {
  // Of access units it is not known yet whether they make a picture.
  if (decodes()) return !empty();
  if (key.empty()) return !ready_.empty() || !units_.empty();
  return std::any_of(ready_.begin(), ready_.end(), [&](const auto& each) { return each.second.record().key == key; }) ||
         std::any_of(units_.begin(), units_.end(), [&](const SinkRecord& unit) { return unit.key == key; });
}

std::int64_t Lane::position() const {
  if (!empty()) return front().offset;
  std::int64_t next = units_.empty() ? reader_->position() : units_.front().offset;
  if (!ready_.empty()) next = std::min(next, front().offset);
  return std::max(std::min(next, HeldBack().value_or(next)), wanted_);
}

std::optional<SinkRecord> Lane::StoredAt(std::int64_t offset, std::stop_token stop) {
  constexpr std::chrono::seconds kPatience{2};
  const Extent extent = reader_->extent();
  if (offset < extent.first || offset >= extent.end) return std::nullopt;
  only_.reset();
  Reset(offset);
  const auto deadline = Clock::now() + kPatience;
  while (!stop.stop_requested() && Clock::now() < deadline) {
    try {
      for (SinkRecord& record : reader_->Read(1, kBatchBytes, kSlice, stop)) {
        if (record.offset == offset) return std::move(record);
        return std::nullopt;
      }
    } catch (const UnusableRecord&) {
      return std::nullopt;
    }
    // What stood there was no record: the mark of a transaction, as shows only now; or it has been left out.
    if (offset >= reader_->extent().end || reader_->position() > offset) return std::nullopt;
  }
  return std::nullopt;
}

std::vector<RecordBeginning> Lane::Beginnings(std::int64_t& offset, std::size_t value_bytes, milliseconds wait,
                                              const std::stop_token& stop) {
  constexpr std::size_t kAtOnce = 256;
  Reset(offset);
  std::vector<RecordBeginning> beginnings;
  try {
    beginnings = reader_->ReadBeginnings(kAtOnce, value_bytes, wait, stop);
  } catch (const RetriableError&) {
    throw;
  } catch (const UnusableRecord& error) {
    reader_->Seek(error.record().offset + 1);
  } catch (const std::runtime_error&) {
    reader_->Seek(reader_->position() + 1);
  }
  offset = reader_->position();
  return beginnings;
}

std::optional<SinkRecord> Lane::At(std::int64_t offset, std::stop_token stop) {
  const Extent extent = reader_->extent();
  if (offset < extent.first || offset >= extent.end) return std::nullopt;
  if (const UnitPicture* const seen = seen_.Find(offset)) return Encode(*seen);
  const auto exactly = [&](std::optional<SinkRecord> record) {
    return record && record->offset == offset ? std::move(record) : std::nullopt;
  };
  keeps_seen_ = true;
  if (only_ && Continues(offset)) {
    end_ = extent.end;
    wanted_ = offset;
    if (auto record = exactly(PictureUpTo(offset, stop))) return record;
  }
  auto record = StoredAt(offset, stop);
  if (!record || !media::ReadVideoFacts(record->headers)) return record;
  only_ = record->key;
  end_ = extent.end;
  Reset(offset);
  return exactly(PictureUpTo(offset, stop));
}

/// The last picture of only_ from wanted_ to `offset`.
std::optional<SinkRecord> Lane::PictureUpTo(std::int64_t offset, const std::stop_token& stop) {
  constexpr std::chrono::seconds kPatience{10};
  const auto deadline = Clock::now() + kPatience;
  std::optional<Ready> newest;
  const auto keep = [&] {
    if (keeps_seen_ && newest && newest->picture) seen_.Keep(std::move(*newest->picture), offset);
  };
  while (!stop.stop_requested() && Clock::now() < deadline) {
    while (!ready_.empty() && front().offset <= offset) {
      keep();
      newest = std::move(ready_.extract(ready_.begin()).mapped());
    }
    const bool reached = newest && newest->record().offset == offset;
    const bool at_end = units_.empty() && reader_->position() >= End() && !HeldBack();
    if (reached || !ready_.empty() || at_end) break;
    Fill(kSlice, stop);
  }
  if (!newest) return std::nullopt;
  auto record = Encode(*newest);
  keep();
  return record;
}

std::optional<SinkRecord> Lane::NearlyAt(std::int64_t offset, std::stop_token stop) {
  const Extent extent = reader_->extent();
  if (offset < extent.first || offset >= extent.end) return std::nullopt;
  if (const UnitPicture* const seen = seen_.Find(offset)) return Encode(*seen);
  const auto stored = StoredAt(offset, stop);
  const auto key_frame = stored && media::ReadVideoFacts(stored->headers)
                             ? KeyFrameFor(offset, stored->key.value_or(""), stop)
                             : std::nullopt;
  if (!key_frame || key_frame->key != stored->key) return At(offset, std::move(stop));
  const auto facts = media::ReadVideoFacts(key_frame->headers).value_or(media::VideoFacts{});
  UnitPictures pictures(facts.codec, decoders_, UnitPictures::Which::kEvery);
  pictures.Add(*key_frame, facts);
  pictures.End();
  const auto picture = pictures.Take();
  return picture ? Encode(*picture) : At(offset, std::move(stop));
}

/// The last record before `end` that is an image or an access unit, as the topic has it. Moves only the reader.
std::optional<SinkRecord> Lane::NewestStored(std::int64_t end, const std::string& key,
                                             const std::function<void(std::string)>& passed,
                                             const std::stop_token& stop) {
  constexpr milliseconds kPatience{300};
  constexpr std::int64_t kLookBack = 32, kLookBackForKey = 1024;
  const std::int64_t first = reader_->extent().first;
  for (const std::int64_t back : {std::int64_t{1}, key.empty() ? kLookBack : kLookBackForKey}) {
    std::optional<SinkRecord> found;
    reader_->Seek(std::max(first, end - back));
    const auto deadline = Clock::now() + kPatience;
    // An empty answer may be the echo of an earlier Interrupt(), so only the deadline gives up.
    while (reader_->position() < end && !stop.stop_requested() && Clock::now() < deadline) {
      try {
        const auto most = static_cast<std::size_t>(end - reader_->position());
        for (SinkRecord& record : reader_->Read(most, kBatchBytes, kPatience, stop)) {
          if (record.offset >= end || (!key.empty() && record.key != key) || record.value.is_null()) continue;
          const bool shows = media::ReadVideoFacts(record.headers) || media::ImageType(record.headers, record.value);
          if (shows) found = std::move(record);
        }
      } catch (const UnusableRecord& error) {
        passed(Numbered(error.record()) + error.problem().message);
        reader_->Seek(error.record().offset + 1);
      }
    }
    if (found) return found;
  }
  return std::nullopt;
}

std::optional<SinkRecord> Lane::Before(std::int64_t end, const std::string& key,
                                       const std::function<void(std::string)>& passed, std::stop_token stop) {
  const Extent extent = reader_->extent();
  end = std::min(end, extent.end);
  if (end <= extent.first) return std::nullopt;
  const std::int64_t stands = reader_->position();
  auto found = NewestStored(end, key, passed, stop);
  if (!found || !media::ReadVideoFacts(found->headers)) {
    only_.reset();
    Reset(reader_->position());
    return found;
  }
  reader_->Seek(stands);
  end_ = end;
  keeps_seen_ = false;
  const std::int64_t from = std::max(extent.first, found->offset - kNewest);
  if (only_ && *only_ == found->key && Continues(found->offset)) {
    wanted_ = std::max(wanted_, from);
  } else {
    only_ = found->key;
    Reset(found->offset);
    wanted_ = from;
  }
  auto picture = PictureUpTo(found->offset, stop);
  if (!picture) {
    const std::string why = TakeWaitsFor();
    passed(why.empty() ? Numbered(*found) + "cannot be decoded" : why);
  }
  return picture;
}

void Lane::CloseIdle(milliseconds idle) {
  constexpr std::chrono::seconds kSeenFor{30};
  const auto now = Clock::now();
  if (now - seen_.used_at() > kSeenFor) seen_.Clear();
  if (!decodes() || now - read_at_ <= idle) return;
  only_.reset();
  end_.reset();
  Reset(reader_->extent().first);
}

void Lane::Rest() {
  seen_.Clear();
  only_.reset();
  end_.reset();
  Reset(reader_->extent().first);
}

}  // namespace framespool::mjpeg
