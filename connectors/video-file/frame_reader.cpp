#include "frame_reader.h"

#include "decoded_frames.h"
#include "file_problem.h"
#include "jpeg_packet.h"
#include "passed_frames.h"

namespace framespool::video_file {
namespace {

/// True when the file's packets are whole JPEGs of its pictures. Interlaced Motion JPEG has two half ones in a packet.
bool HoldsJpegs(PacketReader& packets) {
  const StreamFacts& facts = packets.facts();
  if (!facts.mjpeg || !facts.upright) return false;
  const auto first = packets.Next();
  const auto jpeg = first ? ReadJpegMarkers(first->data) : std::nullopt;
  return jpeg && jpeg->width == facts.width && jpeg->height == facts.height;
}

}  // namespace

std::unique_ptr<FrameReader> OpenFrames(const std::string& path, const FrameOptions& options) {
  if (auto problem = FileProblem(path)) throw NoVideo(*problem);
  if (options.format == "auto" && options.width == 0) {
    PacketReader packets(path);
    if (HoldsJpegs(packets)) return std::make_unique<PassedFrames>(path);
  }
  return std::make_unique<DecodedFrames>(
      path, options.width, options.format == "png" ? MakePngEncoder() : MakeJpegEncoder(options.jpeg_quality));
}

bool Comparable(const std::string& check, const std::string& other) {
  const auto kind = [](const std::string& text) { return text.substr(0, text.find(':')); };
  return !check.empty() && kind(check) == kind(other);
}

}  // namespace framespool::video_file
