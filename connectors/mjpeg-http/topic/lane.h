#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "framespool/connector.h"
#include "topic/decoders.h"
#include "topic/seen_pictures.h"
#include "topic/unit_pictures.h"

namespace framespool::mjpeg {

/// What becomes of access units.
enum class Units {
  kDecoded,
  kKeyFramesDecoded,  // those alone
  kAsStored,
};

/// One partition of a topic as records, most of which are pictures. What the topic holds as access units comes decoded,
/// in the order of showing (see UnitPictures): from the last key frame on, of which the topic knows, up to exactly the
/// picture that is wanted. Everything else comes as the topic has it. Used by one thread, but for Interrupt().
class Lane {
 public:
  /// `key` not empty: access units of other keys are not decoded.
  Lane(std::unique_ptr<TopicReader> reader, const std::string& key, Units units, Decoders& decoders);

  const TopicPartition& source() const noexcept { return reader_->source(); }
  Extent extent() { return reader_->extent(); }
  std::int64_t OffsetAt(Timestamp time) { return reader_->OffsetAt(time); }
  /// The access unit to begin with so that the picture `offset` can be shown: the last key frame before it, of `key`
  /// where that is not empty. Nothing where the topic holds none. Moves nothing. May wait for I/O.
  std::optional<SinkRecord> KeyFrameFor(std::int64_t offset, const std::string& key, const std::stop_token& stop);
  void Interrupt() { reader_->Interrupt(); }

  /// The next record is the one at `offset`, or the first behind it. With `end` the topic is taken to end there: what a
  /// decoder holds back comes as soon as it is reached. Then every access unit is decoded, however many decoders there
  /// are; it is for a look or a file, not for who watches on and on.
  void Seek(std::int64_t offset, std::optional<std::int64_t> end = {});
  /// Reads until there is a record at hand, or once when nothing comes within `wait`. Throws as TopicReader::Read()
  /// does.
  void Fill(std::chrono::milliseconds wait, std::stop_token stop);
  /// What cannot be read is passed.
  void SkipTo(std::int64_t offset) { reader_->Seek(offset); }
  /// Where the reader stands, which is behind what is at hand.
  std::int64_t read_to() const { return reader_->position(); }

  /// True while no record is at hand.
  bool empty() const noexcept;
  /// True when nothing comes any more: it is empty, and has an end that has been reached.
  bool ended() const { return end_ && empty() && units_.empty() && !HeldBack() && reader_->position() >= *end_; }
  /// Without the picture, where that is an access unit's: only Pop() encodes it.
  const SinkRecord& front() const { return ready_.begin()->second.record(); }
  /// Nothing when the picture cannot be encoded.
  std::optional<SinkRecord> Pop();
  /// True when a record of `key` (of any, when that is empty) is at hand without reading.
  bool Holds(const std::string& key) const;
  /// The offset of the next record.
  std::int64_t position() const;

  /// The record at exactly `offset`; nothing when there is none, or none that can be read in time. Moves the position.
  /// Pictures that are decoded for it are kept for a while, for who goes on from there.
  std::optional<SinkRecord> At(std::int64_t offset, std::stop_token stop);
  /// The same; or, where it takes less, the picture of the key frame that it is decoded from.
  std::optional<SinkRecord> NearlyAt(std::int64_t offset, std::stop_token stop);
  /// The same as the topic has it, also where that is an access unit.
  std::optional<SinkRecord> StoredAt(std::int64_t offset, std::stop_token stop);
  /// The records from `offset` on as the topic has them, of each value at least the first `value_bytes` bytes; none
  /// when nothing comes within `wait`. `offset` becomes the next one, behind records that cannot be read. Moves the
  /// position.
  std::vector<RecordBeginning> Beginnings(std::int64_t& offset, std::size_t value_bytes, std::chrono::milliseconds wait,
                                          const std::stop_token& stop);
  /// The newest picture or record of a picture before `end`, looking back a few records; of `key`, looking back
  /// further. Nothing when there is none. Moves the position. `passed` is told what was passed over, in words.
  std::optional<SinkRecord> Before(std::int64_t end, const std::string& key,
                                   const std::function<void(std::string)>& passed, std::stop_token stop);
  /// Why access units since the last call give no picture, in words; empty when there were none.
  std::string TakeWaitsFor() { return std::exchange(waits_for_, {}); }

  /// Lets go of what was read ahead, and of the decoders.
  void Rest();
  bool decodes() const noexcept { return !pictures_.empty(); }
  /// Lets go of decoders that have had nothing to do for so long, and later of the pictures that are kept.
  void CloseIdle(std::chrono::milliseconds idle);

 private:
  struct Ready {
    SinkRecord plain;
    std::optional<UnitPicture> picture;
    const SinkRecord& record() const { return picture ? picture->record : plain; }
  };
  using Key = std::optional<std::string>;
  using Pictures = std::map<Key, std::unique_ptr<UnitPictures>>;

  std::int64_t End();
  void Reset(std::int64_t offset);
  bool Continues(std::int64_t offset);
  void Take(SinkRecord record, const std::stop_token& stop);
  void Decode(SinkRecord unit, const media::VideoFacts& facts, const std::stop_token& stop);
  UnitPictures* Begin(const SinkRecord& unit, const media::VideoFacts& facts, const std::stop_token& stop);
  bool Collect(UnitPictures& pictures, const Key& key, const std::stop_token& stop);
  bool RunUp(std::int64_t offset, const Key& key, const std::stop_token& stop);
  std::vector<SinkRecord> ReadFrom(std::int64_t offset, std::size_t most, const std::stop_token& stop);
  void Add(Ready ready);
  std::optional<std::int64_t> HeldBack() const;
  void EndUnits(const std::stop_token& stop);
  std::optional<SinkRecord> Encode(const Ready& ready) { return ready.picture ? Encode(*ready.picture) : ready.plain; }
  std::optional<SinkRecord> Encode(const UnitPicture& picture);
  std::optional<SinkRecord> PictureUpTo(std::int64_t offset, const std::stop_token& stop);
  std::optional<SinkRecord> NewestStored(std::int64_t end, const std::string& key,
                                         const std::function<void(std::string)>& passed, const std::stop_token& stop);

  const std::unique_ptr<TopicReader> reader_;
  const std::string key_;
  const Units units_are_;
  Decoders& decoders_;
  std::deque<SinkRecord> units_;         // read, and not taken yet
  std::map<std::int64_t, Ready> ready_;  // by offset
  Pictures pictures_;
  UnitImages images_;
  SeenPictures seen_;
  bool keeps_seen_ = false;          // one picture is wanted, and perhaps its neighbours soon
  std::optional<std::int64_t> end_;  // where the topic is taken to end
  std::optional<Key> only_;          // the one key that is looked at, while one picture is wanted
  std::int64_t wanted_ = 0;          // pictures before this one are decoded for others' sake only, or have been given
  std::int64_t began_ = 0;           // the key frame that decoding began with
  bool ran_up_ = false;
  int run_ups_before_ = 0;  // because what was wanted came before the first picture
  bool first_ = false;      // no picture has come yet
  std::string waits_for_;
  std::chrono::steady_clock::time_point read_at_{};
};

}  // namespace framespool::mjpeg
