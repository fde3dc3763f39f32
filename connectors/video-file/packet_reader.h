#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

struct AVFormatContext;
struct AVPacket;
struct AVStream;

namespace framespool::video_file {

/// The file holds no video that can be played. The message is a sentence for the file's owner, without the key's name.
class NoVideo : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a container says of its video stream.
struct StreamFacts {
  std::string container;              // FFmpeg's name: "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "mpegts"
  std::string codec;                  // "h264"
  bool mjpeg = false;                 // each packet is a JPEG
  bool upright = true;                // false: has to be turned before it is shown
  bool interlaced = false;            // packets may hold fields, so their count says nothing of the frames'
  bool seeks_by_frame = false;        // OpenCV's POS_FRAMES is exact for it
  int width = 0;
  int height = 0;
  double fps = 0;                     // 0: unknown
  std::int64_t frames_promised = 0;   // 0: the container promises no number
  bool promise_is_estimate = false;   // made from duration and rate
};

/// One packet of the video stream. `data` is good until the next call of the reader.
struct Packet {
  std::span<const std::byte> data;
  std::int64_t pts = 0;  // in ticks of the stream
  bool key = false;
  bool shown = true;     // false: decoded only for others' sake (edit lists, alternate reference frames)
  bool whole = true;     // false: the file ends or is broken inside it
};

/// Reads the packets of a file's video stream, in decoding order, without decoding them: for their times, and for their
/// bytes where these are pictures already. Owned by one frame reader, used on the task's thread.
class PacketReader {
 public:
  /// Throws NoVideo.
  explicit PacketReader(const std::string& path);
  ~PacketReader();
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;

  const StreamFacts& facts() const noexcept { return facts_; }
  /// The next packet; nothing at the end of the file.
  std::optional<Packet> Next();
  /// The next packet is a key frame at or before `pts`. False: cannot.
  bool Seek(std::int64_t pts);
  /// The length of a tick in microseconds.
  double tick_us() const;

 private:
  struct CloseFormat {
    void operator()(AVFormatContext* format) const;
  };
  struct FreePacket {
    void operator()(AVPacket* packet) const;
  };

  std::unique_ptr<AVFormatContext, CloseFormat> format_;
  std::unique_ptr<AVPacket, FreePacket> packet_;
  AVStream* stream_ = nullptr;
  StreamFacts facts_;
  std::int64_t frame_ticks_ = 1;
  std::int64_t untimed_ = 0;
};

/// Keeps FFmpeg's and OpenCV's own chatter out of the worker's log, once per process; OPENCV_FFMPEG_LOGLEVEL in the
/// environment keeps it, for debugging.
void SilenceLibraries();

}  // namespace framespool::video_file
