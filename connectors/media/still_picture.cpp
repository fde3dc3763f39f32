#include "still_picture.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace framespool::media {
namespace {

constexpr int kMostBoxes = 64;

std::uint64_t Big(const char* bytes, int count) {
  std::uint64_t number = 0;
  for (int i = 0; i < count; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::optional<std::string> KindOf(std::string_view brand) {
  for (const char* still : {"avif", "avis"}) {
    if (brand == still) return "AVIF";
  }
  for (const char* still : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1"}) {
    if (brand == still) return "HEIC";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> StillPictureInBoxes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::optional<std::string> kind;
  std::uint64_t start = 0;
  for (int box = 0; box < kMostBoxes; ++box) {
    std::array<char, 16> head{};
    file.clear();
    file.seekg(static_cast<std::streamoff>(start));
    file.read(head.data(), static_cast<std::streamsize>(head.size()));
    if (file.gcount() < 8) return kind;
    const std::string_view type(head.data() + 4, 4);
    std::uint64_t size = Big(head.data(), 4);
    if (box == 0) {
      kind = type == "ftyp" && file.gcount() >= 12 ? KindOf({head.data() + 8, 4}) : std::nullopt;
      if (!kind) return std::nullopt;
    }
    if (type == "moov") return std::nullopt;  // a sequence, which is played as one
    if (size == 1 && file.gcount() == 16) size = Big(head.data() + 8, 8);
    if (size < 8 || start + size < start || start + size > (std::uint64_t{1} << 62)) return kind;
    start += size;
  }
  return kind;
}

bool IsAnimatedWebp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 21> head{};
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  const std::string_view text(head.data(), static_cast<std::size_t>(file.gcount()));
  constexpr unsigned kAnimated = 0x02;
  return text.size() == head.size() && text.starts_with("RIFF") && text.substr(8, 8) == "WEBPVP8X" &&
         (static_cast<unsigned char>(text[20]) & kAnimated) != 0;
}

}  // namespace framespool::media
