// Bytes that claim to be a file of video, whatever container (a multipart stream of pictures is one, too): nothing but
// those bytes is opened, and its packets are read within their bounds.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>

extern "C" {
#include <libavutil/log.h>
}

#include <framespool/media/packet_reader.h>

#include "expect.h"
#include "fakes/temporary_directory.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace framespool;
  using fuzz::Expect;
  av_log_set_level(AV_LOG_QUIET);
  static const TemporaryDirectory directory;
  const std::string path = directory.path() / "video";
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    media::Patience patience;
    patience.until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    media::PacketReader reader(path, patience);
    Expect(reader.facts().width >= 0 && reader.facts().height >= 0, "a size is none or some");
    for (int i = 0; i < 200; ++i) {
      const auto packet = reader.Next();
      if (!packet) break;
      Expect(packet->data.size() <= size * 64 + 4096, "a packet is no larger than its file allows");
    }
    reader.Seek(0);
    reader.Next();
  } catch (const media::NoVideo&) {  // said, as it should be
  } catch (const media::OutOfTime&) {
  }
  return 0;
}
