#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "framespool/connector.h"
#include "framespool/media/picture_maker.h"
#include "framespool/media/unit_decoder.h"
#include "framespool/media/video_record.h"
#include "topic/decoders.h"

namespace framespool::mjpeg {

/// The picture of an access unit, decoded; UnitImages encodes it.
struct UnitPicture {
  SinkRecord record;  // without a value; its offset is the picture's number
  media::FramePtr frame;
  int orientation = 1;
};

/// Makes pictures of the access units of one key of a partition, beginning with a key frame.
///
/// Records stand in the order of decoding, pictures come in the order of showing: the first that is shown has the
/// offset (and the timestamp) of the first record, and so on. So pictures are numbered like records, both ways without
/// gaps, and an offset means the same picture whoever asks for it.
///
/// Where the sink has too many decoders already, it makes pictures of the key frames only; each comes with the next
/// unit that is not shown before it, since only that tells its number. Used by one thread.
class UnitPictures {
 public:
  enum class Which {
    kEvery,      // and it does not count among the sink's decoders
    kAsFits,     // every one, or of the key frames where there are too many decoders
    kKeyFrames,  // only those
  };
  UnitPictures(media::VideoCodec codec, Decoders& decoders, Which which);
  ~UnitPictures();
  UnitPictures(const UnitPictures&) = delete;
  UnitPictures& operator=(const UnitPictures&) = delete;

  /// From now on it counts.
  void Limit();
  /// False: the unit begins another stream, in another codec or with a clock of its own, and is for another object.
  bool GoesOnWith(const media::VideoFacts& facts) const;
  /// The first one is a key frame.
  void Add(SinkRecord unit, const media::VideoFacts& facts);
  /// No more come for now: Take() gives what is held back, and the next unit must be a key frame.
  void End();
  /// The next picture in the order of showing; nothing until more units come.
  std::optional<UnitPicture> Take();
  /// The number of the next picture, as far as its unit is there.
  std::optional<std::int64_t> next() const;

 private:
  struct Slot {
    std::int64_t offset = 0;
    Timestamp timestamp;
  };
  struct Unit {
    SinkRecord record;  // without its value
    int orientation = 1;
  };
  struct KeyFrame {
    SinkRecord unit;
    media::VideoFacts facts;
    Slot number;  // as far as it is known: behind what is shown before it
  };
  void Begins(const media::VideoFacts& facts);
  void AddToKeyFrames(SinkRecord unit, const media::VideoFacts& facts);
  void DecodeKeyFrame();
  std::optional<UnitPicture> Numbered(media::UnitDecoder::Decoded decoded);

  Decoders& decoders_;
  const media::VideoCodec codec_;
  media::UnitDecoder decoder_;
  bool counts_ = false;
  const Which which_;
  bool every_ = true;  // pictures of every unit, and not of key frames only
  std::int64_t session_ = 0;
  std::optional<std::int64_t> first_pts_us_;
  std::int64_t last_pts_us_ = 0;
  // Those whose pictures have not been taken, by pts.us, and the numbers for them.
  std::multimap<std::int64_t, Unit> units_;
  std::deque<Slot> slots_;
  std::optional<KeyFrame> key_frame_;   // while there are pictures of key frames only
  std::deque<UnitPicture> key_frames_;  // decoded
};

/// Encodes pictures of access units; keeps what it needs for that. Used by one thread.
class UnitImages {
 public:
  /// The record with the picture as its value, as a JPEG topic would hold it. Throws std::runtime_error, or WrongSize.
  SinkRecord Make(const UnitPicture& picture);

 private:
  media::PictureMaker maker_{media::PictureOptions{}};
};

}  // namespace framespool::mjpeg
