// Damaged and changing files, made by chance that comes out the same each time: each is played to its end, or refused,
// and nothing is read or written where it should not be (run under the sanitizers: ./dev asan).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "playing.h"

namespace framespool::video_file {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr int kVariants = 12;
#else
constexpr int kVariants = 4;
#endif
constexpr std::size_t kMostFrames = 200;

using Bytes = std::vector<std::byte>;

struct Origin {
  const char* name;
  const char* options;
};

void PrintTo(const Origin& origin, std::ostream* out) { *out << origin.name; }

std::size_t Below(std::mt19937& chance, std::size_t end) { return end == 0 ? 0 : chance() % end; }

void FlipBits(Bytes& bytes, std::mt19937& chance) {
  const std::size_t count = 1 + Below(chance, 1 + bytes.size() / 500);
  for (std::size_t i = 0; i < count; ++i)
    bytes[Below(chance, bytes.size())] ^= static_cast<std::byte>(1U << Below(chance, 8));
}

/// In the head, where sizes and kinds stand.
void FlipHead(Bytes& bytes, std::mt19937& chance) {
  for (int i = 0; i < 6; ++i)
    bytes[Below(chance, std::min<std::size_t>(bytes.size(), 1500))] = static_cast<std::byte>(chance() & 0xffU);
}

void Cut(Bytes& bytes, std::mt19937& chance) { bytes.resize(bytes.size() / 4 + Below(chance, bytes.size() * 3 / 4)); }

void Splice(Bytes& bytes, const Bytes& other, std::mt19937& chance) {
  const std::size_t at = Below(chance, bytes.size());
  const std::size_t from = Below(chance, other.size());
  const std::size_t size = std::min(other.size() - from, bytes.size() - at);
  std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(from), size, bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

void Zero(Bytes& bytes, std::mt19937& chance) {
  const std::size_t at = Below(chance, bytes.size());
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::min<std::size_t>(bytes.size() - at, 700),
              std::byte{0});
}

/// Plays what can be played; a refusal is as good.
void Play(const std::string& file, int variant) {
  RawConfig raw{{"file", file}};
  if (variant % 4 == 1) raw["format"] = "png";
  if (variant % 4 == 2) raw["width"] = "97";
  if (variant % 4 == 3) raw["format"] = "jpeg";
  try {
    Playing playing(raw);
    const auto records = playing.Take(kMostFrames);
    // A picture that is damaged inside passes through as it is, and may be none any more.
    const bool made = !std::get<bool>(playing.context.metrics().at("passes_through"));
    std::int64_t last = -1;
    for (const SourceRecord& record : records) {
      ASSERT_GT(HeaderNumber(record, "framespool.pts.us"), last);
      last = HeaderNumber(record, "framespool.pts.us");
      if (!made) continue;
      ASSERT_EQ(SizeOf(record.value.bytes()), std::pair(static_cast<int>(HeaderNumber(record, "framespool.width")),
                                                        static_cast<int>(HeaderNumber(record, "framespool.height"))));
    }
    if (records.size() > 40) {
      // In the midst, so that there is a next one.
      playing.context.Store(records[records.size() / 2]);
      playing.Restart();
      const auto next = playing.Take(1);
      ASSERT_EQ(next.size(), 1U);
    }
  } catch (const std::runtime_error&) {
  }
}

class Corpus : public ::testing::TestWithParam<Origin> {};

TEST_P(Corpus, IsPlayedOrRefused) {
  const TestFolder folder;
  const std::string extension = std::string(GetParam().name).substr(std::string(GetParam().name).find('_') + 1);
  const std::string file = folder / ("whole." + extension);
  RunFfmpeg("-f lavfi -i testsrc2=s=130x98:r=25:d=2 " + std::string(GetParam().options) + " '" + file + "'");
  RunFfmpeg("-f lavfi -i testsrc=s=322x242:r=25:d=0.6 " + std::string(GetParam().options) + " '" +
            (folder / ("other." + extension)) + "'");
  const Bytes whole = ReadFile(file);
  const Bytes other = ReadFile(folder / ("other." + extension));
  ASSERT_GT(whole.size(), 1000U);
  const std::string damaged = folder / ("damaged." + extension);
  for (int variant = 0; variant < kVariants; ++variant) {
    std::mt19937 chance(static_cast<unsigned>(variant) * 7919U + 1);
    for (int kind = 0; kind < 6; ++kind) {
      Bytes bytes = whole;
      switch (kind) {
        case 0: FlipBits(bytes, chance); break;
        case 1: FlipHead(bytes, chance); break;
        case 2: Cut(bytes, chance); break;
        case 3: Splice(bytes, other, chance); break;
        case 4: Zero(bytes, chance); break;
        default: bytes.insert(bytes.end(), other.begin(), other.end()); break;
      }
      WriteFile(damaged, bytes);
      SCOPED_TRACE("variant " + std::to_string(variant) + ", kind " + std::to_string(kind));
      Play(damaged, variant + kind);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Corpus,
    ::testing::Values(
        Origin{"H264_mp4", "-c:v libx264 -preset ultrafast -bf 2 -g 12 -pix_fmt yuv420p -movflags +faststart"},
        Origin{"H264_ts", "-c:v libx264 -preset ultrafast -bf 2 -g 12 -pix_fmt yuv444p"},
        Origin{"H264_avi", "-c:v libx264 -preset ultrafast -g 12 -pix_fmt yuv422p10le"},
        Origin{"Hevc_mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=none -pix_fmt yuv420p10le"},
        Origin{"Vp9_webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"},
        Origin{"Mpeg4_avi", "-c:v mpeg4 -q:v 5 -g 12"}, Origin{"Mpeg2_ts", "-c:v mpeg2video -q:v 5 -bf 2"},
        Origin{"MotionJpeg_avi", "-c:v mjpeg -q:v 5"}, Origin{"MotionJpeg_mjpeg", "-c:v mjpeg -q:v 5 -f mjpeg"},
        Origin{"MotionJpeg_mov", "-c:v mjpeg -q:v 5 -pix_fmt yuvj444p"}, Origin{"Gif_gif", ""},
        Origin{"Hlg_mkv", "-c:v ffv1 -pix_fmt yuv420p10le -color_trc arib-std-b67 -colorspace bt2020nc"}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

}  // namespace
}  // namespace framespool::video_file
