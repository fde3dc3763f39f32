#include "frame_reader.h"

#include "copied_units.h"
#include "decoded_frames.h"
#include "file_problem.h"
#include "framespool/media/jpeg_head.h"
#include "passed_frames.h"

namespace framespool::video_file {
namespace {

/// True when the file's packets are whole JPEGs of its pictures, which can be shown as they are; single ones that
/// cannot are made anew. Interlaced Motion JPEG has two half pictures in a packet.
bool HoldsJpegs(media::PacketReader& packets) {
  const media::StreamFacts& facts = packets.facts();
  if (!facts.mjpeg || !facts.turn.none() || !facts.square) return false;
  const auto first = packets.Peek();
  const auto jpeg = first ? media::ReadJpegHead(first->data) : std::nullopt;
  return jpeg && jpeg->width == facts.width && jpeg->height == facts.height && media::ShowsAsItIs(*jpeg);
}

}  // namespace

std::unique_ptr<FrameReader> OpenFrames(const std::string& path, const FrameOptions& options,
                                        const media::Patience& patience) {
  if (auto problem = FileProblem(path)) throw media::NoVideo(*problem);
  auto packets = std::make_unique<media::PacketReader>(path, patience);
  if (options.as_they_are && options.picture.width == 0 && HoldsJpegs(*packets)) {
    return std::make_unique<PassedFrames>(path, std::move(packets), options);
  }
  if (options.copy && !packets->facts().mjpeg) return std::make_unique<CopiedUnits>(path, std::move(packets));
  return std::make_unique<DecodedFrames>(path, std::move(packets), options);
}

}  // namespace framespool::video_file
