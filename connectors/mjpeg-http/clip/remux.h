#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "clip/clip_plan.h"
#include "framespool/media/mp4_index.h"
#include "topic/track.h"

namespace framespool::mjpeg {

/// An mp4 of the access units of a span as they are, cut to the picture by its edit list. Every length in it is known
/// before its first byte goes out. Immutable.
struct Remux {
  std::size_t partition = 0;
  std::vector<std::byte> head;        // all in front of the units
  std::vector<std::int64_t> offsets;  // of the units' records, in order
  std::vector<std::uint64_t> ends;    // of the units, in the file
  FrameId first;                      // of the pictures that are shown
  FrameId last;
  std::int64_t pictures = 0;

  std::uint64_t size() const { return ends.back(); }
};
using RemuxPtr = std::shared_ptr<const Remux>;

/// How the lengths of access units are found.
enum class Measure {
  kByBeginnings,  // as the topic has them; who begins to send one finds whether it can be read, and is as long
  kWhole,         // of what was read
};
/// A record is not as its beginning said; what is measured whole leaves it out, or has its length.
class UnlikeItsBeginning : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a clip is made of, for who asks for the next part of it: records do not change. The few used last; large ones
/// are not kept. Any thread.
class KnownRemuxes {
 public:
  struct Key {
    std::size_t partition = 0;
    std::int64_t from = 0;
    std::int64_t until = 0;
    std::int64_t end = 0;  // of the topic, as far as the clip goes by it
    std::string key;
    double speed = 1;
    Measure measure = Measure::kByBeginnings;
    bool operator==(const Key&) const = default;
  };

  /// Null when it is not known, or the topic, which begins at `first` now, does not hold all of it any more.
  RemuxPtr Find(const Key& key, std::int64_t first);
  void Keep(Key key, RemuxPtr remux);

 private:
  struct Known {
    Key key;
    RemuxPtr remux;
  };
  std::mutex mutex_;
  std::vector<Known> known_;  // the one used last at the end
};

/// What a clip is made of; null when the span is not one video of H.264 or H.265, and has to be encoded. `track` has
/// records as they are stored. With a speed other than 1 it has key frames only, at most 30 a second. May wait for I/O;
/// throws what the broker throws.
RemuxPtr MakeRemux(const ClipQuery& query, Track& track, Measure measure, KnownRemuxes& known, ClipProgress& progress,
                   const std::function<bool()>& alive, const std::stop_token& stop);

/// Gives the bytes of the file from `first` to before `end` to `take`, piece by piece; ends early when that returns
/// false. Throws std::runtime_error when a record is not there any more, and UnlikeItsBeginning.
void ReadRemux(const Remux& remux, Track& track, std::uint64_t first, std::uint64_t end,
               const std::function<bool(std::string_view)>& take, const std::stop_token& stop);

}  // namespace framespool::mjpeg
