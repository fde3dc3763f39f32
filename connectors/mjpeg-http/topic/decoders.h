#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "framespool/connector.h"

namespace framespool::mjpeg {

/// The decoders of one sink: how many watch at a time, and which access units give no picture. Each such unit is
/// counted once, whoever comes across it, and told in the log, at most one each 10 s. Outlives the decoders. Any
/// thread.
class Decoders {
 public:
  Decoders(ViewContext& context, std::string topic, int most)
      : context_(context), topic_(std::move(topic)), most_(most) {}

  /// True: there is room for another, until Leave().
  bool Enter();
  void Leave() { --open_; }

  /// An access unit that cannot be decoded, or not whole.
  void NoteUndecodable(const SinkRecord& unit);
  /// One that needs a key frame which has not come.
  void NoteWithoutKey(const SinkRecord& unit);

  void NoteDecoded() { ++decoded_; }

  std::int64_t open() const { return open_; }
  /// Access units that were given to a decoder, however often.
  std::int64_t decoded() const { return decoded_; }
  std::int64_t undecodable() const { return undecodable_; }
  std::int64_t without_key() const { return without_key_; }

 private:
  void Note(const SinkRecord& unit, const char* what, std::atomic<std::int64_t>& count);

  ViewContext& context_;
  const std::string topic_;
  const int most_;
  std::atomic<std::int64_t> open_{0};
  std::atomic<std::int64_t> decoded_{0};
  std::atomic<std::int64_t> undecodable_{0};
  std::atomic<std::int64_t> without_key_{0};
  std::mutex mutex_;
  std::set<std::pair<std::int32_t, std::int64_t>> noted_;  // partition and offset of the newest ones
  std::chrono::steady_clock::time_point told_{};
};

}  // namespace framespool::mjpeg
