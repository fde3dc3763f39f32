#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "framespool/connector.h"
#include "topic/frame.h"
#include "topic/lane.h"

namespace framespool::mjpeg {

/// All partitions of one topic as one sequence of records, merged by timestamp; or of them those of one key. Access
/// units come as pictures, each under the offset that Lane gives it. Owned and used by one thread; only Interrupt() may
/// come from another.
class Track {
 public:
  /// Opens a reader for each partition. May wait for I/O and throw what the broker throws.
  Track(ViewContext& context, const std::string& topic, Decoders& decoders, std::string key = {},
        Units units = Units::kDecoded);

  const std::string& key() const noexcept { return key_; }
  Units units() const noexcept { return units_; }
  std::size_t partitions() const noexcept { return lanes_.size(); }
  const TopicPartition& source(std::size_t partition) const { return lanes_[partition].source(); }
  std::vector<Extent> Extents();
  Position First();
  Position End();
  /// May wait for I/O.
  Position At(Timestamp time);
  /// Of each partition the access unit to begin with so that what stands from `position` on can be decoded, as
  /// Lane::KeyFrameFor() has it. May wait for I/O.
  std::vector<std::optional<SinkRecord>> KeyFramesFor(const Position& position, const std::string& key,
                                                      const std::stop_token& stop);

  /// `end`: where the topic is taken to end, as Lane::Seek() has it.
  void Seek(const Position& position, const std::optional<Position>& end = {});
  /// The next record, or nothing after `wait`, Interrupt() or stop, or behind one that the connector's transforms leave
  /// out or do not take. An unreadable record is passed and thrown as std::runtime_error: the next call continues
  /// behind it.
  std::optional<SinkRecord> Next(std::chrono::milliseconds wait, std::stop_token stop);
  /// Those that Next() has passed since the last call, as the transforms do not take them.
  std::vector<UnusableRecord> TakeUnusable() { return std::exchange(unusable_, {}); }
  /// True when Next() has a record at hand without reading.
  bool HasBuffered() const noexcept;
  /// True when there is nothing behind what Next() has given.
  bool AtEnd();
  /// Of each partition, the record that Next() has come to.
  Position position() const;
  /// True when Next() would give nothing before `limit`.
  bool Reached(const Position& limit) const;
  /// The newest image before `position`, looking back a few records; null when there is none. Moves the position.
  FramePtr Before(const Position& position, std::stop_token stop);
  /// The record of the newest image among those of `key` (not empty: looking back further) before `position`.
  std::optional<SinkRecord> RecordBefore(const Position& position, const std::string& key, std::stop_token stop);
  /// "its record 7 does not pass …": one that Before() has passed over last, as the transforms do not take it or it
  /// gives no picture; or empty.
  const std::string& passed_over() const noexcept { return passed_over_; }
  /// The record at exactly `offset`; nothing when the partition does not hold it, the transforms leave it out or do
  /// not take it, or it is an access unit that gives no picture. Moves the position.
  std::optional<SinkRecord> At(std::size_t partition, std::int64_t offset, std::stop_token stop);
  /// As Lane::NearlyAt(). Moves the position.
  std::optional<SinkRecord> NearlyAt(std::size_t partition, std::int64_t offset, std::stop_token stop);
  /// The same as the topic has it, also where that is an access unit.
  std::optional<SinkRecord> StoredAt(std::size_t partition, std::int64_t offset, std::stop_token stop);
  /// Of one partition, as Lane::Beginnings() has them. Moves the position.
  std::vector<RecordBeginning> Beginnings(std::size_t partition, std::int64_t& offset, std::size_t value_bytes,
                                          std::chrono::milliseconds wait, const std::stop_token& stop) {
    return lanes_[partition].Beginnings(offset, value_bytes, wait, stop);
  }
  /// Why access units that Next() has come to since the last call give no picture, in words; or empty.
  std::string TakeWaitsFor();

  void Interrupt();
  /// Lets go of what was read ahead, and of decoders.
  void Rest();
  /// True when it has decoders.
  bool decodes() const noexcept;
  /// As Lane::CloseIdle().
  void CloseIdle(std::chrono::milliseconds idle);

 private:
  void Fill(Lane& lane, std::chrono::milliseconds wait, std::stop_token stop);
  Lane* Oldest();
  std::optional<SinkRecord> NextOfAny(std::chrono::milliseconds wait, std::stop_token stop);

  const std::string key_;  // empty: every record
  const Units units_;
  std::deque<Lane> lanes_;
  std::vector<UnusableRecord> unusable_;
  std::string passed_over_;
};

}  // namespace framespool::mjpeg
