#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "framespool/media/container.h"
#include "framespool/media/turn.h"

struct AVPacket;
struct AVStream;

namespace framespool::media {

// Its errors are NoVideo and OutOfTime, of container.h.

/// What a container says of its video stream.
struct StreamFacts {
  std::string container;    // FFmpeg's name: "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts"
  std::string codec;        // "h264"
  bool mjpeg = false;       // each packet is a JPEG
  Turn turn;                // what the container says has to be done to its pictures
  bool square = true;       // false: pixels are not as wide as they are high
  bool interlaced = false;  // packets may hold fields, so their count says nothing of the frames'
  bool joins = false;       // recordings of this kind may be put behind one another, each with a clock of its own
  int width = 0;
  int height = 0;
  double fps = 0;                    // 0: unknown
  std::int64_t frames_promised = 0;  // 0: the container promises no number
  bool promise_is_estimate = false;  // made from duration and rate
};

/// One packet of the video stream. All is good until the next call of the reader.
struct Packet {
  std::span<const std::byte> data;
  AVPacket* raw = nullptr;          // for a decoder
  std::optional<std::int64_t> pts;  // when it is shown, in ticks of the stream
  bool key = false;
  bool shown = true;  // false: decoded only for others' sake (edit lists, alternate reference frames)
  bool whole = true;  // false: the file ends or is broken inside it
};

/// Reads the packets of a file's video stream, in decoding order, without decoding them. The stream is the first with
/// pictures that is no cover. Owned and used by one thread.
class PacketReader {
 public:
  /// Throws NoVideo, or OutOfTime.
  PacketReader(const std::string& path, const Patience& patience);
  ~PacketReader();
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;

  const StreamFacts& facts() const noexcept { return facts_; }
  AVFormatContext& format() const noexcept { return container_.format(); }
  AVStream& stream() const noexcept { return *stream_; }

  /// The next packet; nothing at the end of the file.
  std::optional<Packet> Next();
  /// The next packet, which Next() is going to give.
  std::optional<Packet> Peek();
  /// The next packet is about `pts` or before it; a key frame, where the container knows of them. False: cannot.
  bool Seek(std::int64_t pts);
  /// The length of a tick in microseconds.
  double tick_us() const;

 private:
  struct FreePacket {
    void operator()(AVPacket* packet) const;
  };
  std::optional<Packet> Read();

  Container container_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  AVStream* stream_ = nullptr;
  StreamFacts facts_;
  std::optional<std::optional<Packet>> peeked_;
  bool timed_ = true;
};

}  // namespace framespool::media
