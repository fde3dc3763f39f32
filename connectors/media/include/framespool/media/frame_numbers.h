#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

namespace framespool::media {

/// Finds pictures that are missing from a stream of H.264, by the numbers that its slices count reference pictures with
/// (frame_num, ITU-R H.264 7.4.3), without decoding it. What it cannot see: a picture that nobody refers to, the middle
/// or the end of a slice, and as many pictures in a row as the numbers count (16 at least). Used by one thread.
class FrameNumbers {
 public:
  enum class Verdict {
    kFollows,  // on the one before
    kLost,     // something is missing before it
    kDamaged,  // its own first slice is missing
    kUnknown,  // it cannot be told: the first picture, or a stream that may leave out numbers
  };

  /// `unit` is the next access unit as a topic holds it (AccessUnit::bytes).
  Verdict Next(std::span<const std::byte> unit);
  /// What follows is another connection's.
  void Reset() { last_reference_.reset(); }

 private:
  /// What of a sequence parameter set is needed to read a slice's number.
  struct Sequence {
    int number_bits = 4;
    bool separate_planes = false;
    bool may_leave_out = false;
  };
  struct Slice {
    bool idr = false;
    bool reference = false;
    std::uint32_t first_block = 0;
    std::uint32_t number = 0;
    Sequence sequence;
  };
  void ReadSequence(std::span<const std::byte> nal);
  void ReadPicture(std::span<const std::byte> nal);
  std::optional<Slice> ReadSlice(std::span<const std::byte> nal) const;
  Verdict Judge(const Slice& slice);

  std::map<std::uint32_t, Sequence> sequences_;         // by seq_parameter_set_id
  std::map<std::uint32_t, std::uint32_t> sequence_of_;  // by pic_parameter_set_id
  std::optional<std::uint32_t> last_reference_;         // the number of the last reference picture
};

}  // namespace framespool::media
