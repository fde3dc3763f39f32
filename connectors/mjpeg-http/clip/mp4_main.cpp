// mjpeg_http-mp4 FILE FPS
// Reads pictures from standard input, each as its length (32 bits, little-endian) and its bytes, a length of 0 at the
// end, and writes them to FILE with OpenCV's video writer. Standard input is a socket: it answers "done", or what went
// wrong.
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <vector>

namespace {

constexpr std::uint32_t kMostBytes = 200'000'000;

bool ReadBytes(void* target, std::size_t size) {
  auto* at = static_cast<unsigned char*>(target);
  while (size > 0) {
    const ssize_t got = ::read(0, at, size);
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

int Say(const std::string& text) {
  ::send(0, text.data(), text.size(), MSG_NOSIGNAL);
  return text == "done" ? 0 : 1;
}

cv::VideoWriter Open(const char* path, double fps, cv::Size size) {
  // H.264 plays in every browser; MPEG-4 where this OpenCV's FFmpeg came without it.
  for (const char* codec : {"avc1", "mp4v"}) {
    cv::VideoWriter writer(path, cv::CAP_FFMPEG, cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]), fps,
                           size);
    if (writer.isOpened()) return writer;
  }
  return {};
}

int Encode(const char* path, double fps) {
  cv::VideoWriter writer;
  cv::Size size;
  while (true) {
    std::uint32_t length = 0;
    // The worker is gone: an unfinished file is of no use to anybody.
    if (!ReadBytes(&length, sizeof length)) return 1;
    if (length == 0) break;
    if (length > kMostBytes) return Say("a frame of " + std::to_string(length) + " bytes");
    std::vector<unsigned char> bytes(length);
    if (!ReadBytes(bytes.data(), length)) return 1;
    cv::Mat pixels = cv::imdecode(bytes, cv::IMREAD_COLOR);
    if (pixels.empty()) continue;  // a damaged frame is left out, as a player would
    if (!writer.isOpened()) {
      // H.264 halves the colours' width and height, so both are even.
      size = cv::Size(std::max(2, pixels.cols & ~1), std::max(2, pixels.rows & ~1));
      writer = Open(path, fps, size);
      if (!writer.isOpened()) return Say("OpenCV's writer has no codec for mp4, or cannot write " + std::string(path));
    }
    if (pixels.size() != size) cv::resize(pixels, pixels, size, 0, 0, cv::INTER_AREA);
    writer.write(pixels);
  }
  if (!writer.isOpened()) return Say("none of the frames can be decoded");
  writer.release();
  return Say("done");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  // Viewers come first. The encoder's own default is made for files that are watched a thousand times.
  ::setpriority(PRIO_PROCESS, 0, 10);
  ::setenv("OPENCV_FFMPEG_WRITER_OPTIONS", "preset;veryfast", 0);
  int code = 1;
  try {
    code = Encode(argv[1], std::atof(argv[2]));
  } catch (const std::exception& error) {
    code = Say(error.what());
  }
  // A worker that was killed cannot.
  if (code != 0) ::unlink(argv[1]);
  return code;
}
