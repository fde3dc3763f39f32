#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace framespool {

/// A folder of a test's own, gone with it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// For the ffmpeg program: made fast; and like films, with B-frames, which take longer.
inline constexpr const char* kQuickH264 = "-c:v libx264 -preset ultrafast -bf 2 -g 24 -pix_fmt yuv420p";
inline const std::string kH264 = "-c:v libx264 -preset veryfast -bf 3 -g 24 -pix_fmt yuv420p";
inline const std::string kH265 =
    "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=24 -pix_fmt yuv420p";

/// Pictures of 320x192 that carry their number in 16 blocks of black and white, so that it can be read again from a
/// decoded frame; below them a bar moves. Encoded by the ffmpeg program with `options` into `path`.
struct TestVideo {
  int frames = 60;
  int fps = 30;
  std::string options = kQuickH264;
  void Make(const std::string& path) const;
};

/// Runs the ffmpeg program; throws with its words when it fails.
void RunFfmpeg(const std::string& arguments);

/// What the ffprobe program prints; throws when it fails.
std::string RunFfprobe(const std::string& arguments);

/// A colour as red, green, blue.
struct Colour {
  int red = 0;
  int green = 0;
  int blue = 0;
};
/// True when none of the three is off by more than `most`.
bool IsNear(const Colour& found, const Colour& wanted, int most);
std::string Text(const Colour& colour);
/// Of an encoded picture, whatever its EXIF says; all -1 when it cannot be decoded. Shares of width and height.
Colour ColourAt(std::span<const std::byte> image, double x, double y);
/// Width and height of an encoded picture, as it says itself.
std::pair<int, int> SizeOf(std::span<const std::byte> image);

/// The number in the blocks of an encoded picture (JPEG or PNG), or -1 when it cannot be decoded.
int NumberIn(std::span<const std::byte> image);

std::vector<std::byte> ReadFile(const std::string& path);
void WriteFile(const std::string& path, std::span<const std::byte> bytes);
/// Has the first track of an MP4 or MOV turned or mirrored: its display matrix (ISO 14496-12, tkhd) becomes
/// {a, b, c, d}, each 1, 0 or -1, of a picture of 160x96, and the moves that bring it back into sight.
void TurnTrack(const std::string& path, const std::array<std::int32_t, 4>& matrix);
/// Keeps the first `share` of a file.
void CutFile(const std::string& path, double share);
/// Overwrites `share` of a file, from its middle on, with noise.
void DamageFile(const std::string& path, double share);
/// How many frames the ffmpeg program gets out of a file.
std::size_t FramesThatFfmpegReads(const std::string& path);

}  // namespace framespool
