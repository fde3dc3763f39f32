#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <broker/broker.h>
#include <store/offset_store.h>

namespace framespool::runtime {

/// Where every source stands. The truth is what the topics hold (each record carries its source offset); this keeps it
/// in memory, and writes it to the store every so often, so that recovery reads only what was appended since.
///
/// What is written is durable in the topics first: the broker says how far it has told of source offsets, then those
/// are taken, then the broker is synced, then the store is written. Any thread; the "offset-flush" thread is its own.
class SourceOffsets {
 public:
  /// Reads the store and what the broker holds beyond it. Waits for I/O.
  SourceOffsets(store::OffsetStore& store, broker::Broker& broker, std::chrono::milliseconds flush_interval);
  SourceOffsets(const SourceOffsets&) = delete;
  SourceOffsets& operator=(const SourceOffsets&) = delete;

  /// Topics with records, as the broker's checkpoint named them at the start: those that live beside the store.
  const std::vector<std::string>& topics_found() const noexcept { return topics_found_; }
  /// Topics that the store's checkpoint named then and the broker's did not.
  const std::vector<std::string>& missing_topics() const noexcept { return missing_topics_; }
  std::optional<Fields> Get(const std::string& connector, const Fields& partition) const;
  /// Of every source partition of `connector` that has one.
  std::vector<std::pair<Fields, Fields>> All(const std::string& connector) const;
  /// Sets an offset by hand, or resets it where there is none; only while no task of the connector runs. Flush() it.
  void Set(const std::string& connector, const Fields& partition, const std::optional<Fields>& offset);
  /// `records[i]` is in its topic at `where[i]`, and its source offset with it; there may be more records behind those.
  void Acknowledged(const std::string& connector, std::span<const SourceRecord> records,
                    std::span<const broker::Appended> where);
  /// Records before these offsets that were left out: no topic has them, and all records before them are where they
  /// belong. Nothing of the same source partition may be under way. `stored`: the producer stores them in its own
  /// order.
  void Passed(const std::string& connector, const std::vector<std::pair<Fields, Fields>>& passed, bool stored);
  /// The topic is gone: one of its name begins anew. Writes that to the store; throws when it cannot.
  void Forget(const std::string& topic);
  /// Takes what other workers have stored meanwhile of the connector, where it is newer.
  void Reload(const std::string& connector);
  /// Writes what has changed to the store. Throws when it cannot; nothing is forgotten then.
  void Flush();

 private:
  struct Position {
    std::optional<Fields> offset;
    std::uint64_t sequence = 0;
  };
  using Key = std::pair<std::string, Fields>;

  void Recovered(std::span<const broker::SourceOffset> found);
  void Write(bool unchanged_too);
  void Work(const std::stop_token& stop);

  store::OffsetStore& store_;
  broker::Broker& broker_;
  const std::chrono::milliseconds interval_;
  std::vector<std::string> topics_found_;    // since construction
  std::vector<std::string> missing_topics_;  // likewise
  std::mutex turn_;                      // one write after the other: the store must not get an older checkpoint back
  std::set<std::string> stored_topics_;  // of the checkpoint in the store; in the turn
  mutable std::mutex mutex_;
  std::map<Key, Position> positions_;
  std::set<Key> dirty_;
  std::jthread thread_;
};

}  // namespace framespool::runtime
